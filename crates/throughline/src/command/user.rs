//! People who can sign in.

use std::io::{IsTerminal as _, Read as _, Write as _};

use anyhow::Context as _;
use serde_json::json;

use super::{open_as_operator, print};
use crate::cli::User;
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

fn read_password() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        print!("Password (shown as you type): ");
        std::io::stdout().flush()?;
        let mut line = String::new();
        std::io::stdin()
            .read_line(&mut line)
            .context("failed to read the password")?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("failed to read the password")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
