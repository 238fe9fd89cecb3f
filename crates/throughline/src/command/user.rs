//! People who can sign in.

use std::io::{IsTerminal as _, Read as _};

use anyhow::{Context as _, bail};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use serde_json::json;

use super::{open_as_operator, print};
use crate::cli::{SecondFactor, User};
use crate::config::Config;

pub(crate) async fn run(config: &Config, command: User, json: bool) -> anyhow::Result<()> {
    match command {
        User::List => {
            let (app, actor) = open_as_operator(config, None).await?;
            let members = app.list_members(&actor).await?;
            if json {
                print::say!("{}", json!(members.iter().map(shape).collect::<Vec<_>>()));
            } else {
                let header = ["E-mail", "Name", "Role"].map(str::to_owned);
                let rows: Vec<_> = members
                    .into_iter()
                    .map(|member| vec![member.email, member.name, member.role.name().to_owned()])
                    .collect();
                print::say!("{}", print::table(&header, &rows));
            }
        }
        User::Create {
            email,
            name,
            role,
            workspace,
        } => {
            let (app, actor) = open_as_operator(config, workspace).await?;
            let id = app
                .add_user(&actor, &email, read_password()?, &name, &role)
                .await?;
            print::say!(
                "{}",
                if json {
                    json!({"id": id.0}).to_string()
                } else {
                    format!("{email} can sign in.")
                }
            );
        }
        User::SecondFactor(SecondFactor::Off { email }) => {
            let (app, _) = open_as_operator(config, None).await?;
            app.rescue_person(&email).await?;
            print::say!(
                "{}",
                if json {
                    json!({"email": email}).to_string()
                } else {
                    format!("{email} signs in with the password alone now; all sessions ended.")
                }
            );
        }
        User::Password { email } => {
            let (app, _) = open_as_operator(config, None).await?;
            app.reset_password(&email, read_password()?).await?;
            print::say!(
                "{}",
                if json {
                    json!({"email": email}).to_string()
                } else {
                    format!("{email} has a new password; all sessions ended.")
                }
            );
        }
    }
    Ok(())
}

fn shape(member: &app::MemberView) -> serde_json::Value {
    json!({
        "id": member.user.0,
        "email": member.email,
        "name": member.name,
        "role": member.role.name(),
    })
}

/// Asks twice where a person types it unseen; a pipe gives it once.
fn read_password() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        let unseen = Unseen::begin().context("failed to hide what is typed")?;
        let password = ask("Password (not shown): ")?;
        let again = ask("The same again: ")?;
        drop(unseen);
        if again != password {
            bail!("the two passwords are not the same; nothing was changed");
        }
        return Ok(password);
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("failed to read the password")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[expect(
    clippy::print_stderr,
    reason = "the question is for the person, not part of what the command answers"
)]
fn ask(question: &str) -> anyhow::Result<String> {
    eprint!("{question}");
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .context("failed to read the password")?;
    // The end of the line was typed unseen too.
    eprintln!();
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// While it lives, the terminal shows nothing of what is typed.
struct Unseen(Termios);

impl Unseen {
    fn begin() -> rustix::io::Result<Self> {
        let shown = tcgetattr(std::io::stdin())?;
        let mut hidden = shown.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(std::io::stdin(), OptionalActions::Flush, &hidden)?;
        Ok(Self(shown))
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        if let Err(error) = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0) {
            tracing::warn!(%error, "the terminal still hides what is typed; `stty echo` shows it");
        }
    }
}
