//! Mail going out: by an SMTP server, or, where none is set, into a folder.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

/// How long the server may take for each answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// A mail in plain text, and for a report also as a page with files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    /// Stays the same when the mail is sent again, so that a mailbox may show it once.
    pub id: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    pub attachments: Vec<Attachment>,
}

/// A file that a mail brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// Where mail goes.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

/// Why a mail did not go.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Trying again may help.
    #[error("{0}")]
    Later(String),
    /// Nothing but another address or another server helps.
    #[error("{0}")]
    Never(String),
}

/// A wrong setting of mail.
#[derive(Debug, thiserror::Error)]
pub enum MailSettingError {
    #[error("{0:?} is not an address such as \"Throughline <mail@shop.example>\"")]
    From(String),
    /// The address of the server may hold a password, so it is not repeated.
    #[error(
        "the address of the mail server is not one such as \
         smtps://user:password@mail.example:465 or smtp://mail.example:587?tls=required"
    )]
    Server,
    #[error("a password is sent only over TLS: use smtps://… or add ?tls=required")]
    Clear,
}

impl Mailer {
    /// Sends by an SMTP server: `smtps://user:password@host:465`, or `smtp://host:587` with
    /// `?tls=required` or `?tls=opportunistic` for STARTTLS.
    ///
    /// # Errors
    /// When the server's address or the sender's is not understood.
    pub fn smtp(url: &str, from: &str) -> Result<Self, MailSettingError> {
        if shows_password(url) {
            return Err(MailSettingError::Clear);
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| MailSettingError::Server)?
            .timeout(Some(ANSWER_TIMEOUT))
            .build();
        Ok(Self {
            from: sender(from)?,
            way: Way::Smtp(transport),
        })
    }

    /// Writes each mail as a file `<id>.eml` into a folder, which is made when the first one comes.
    ///
    /// # Errors
    /// When the sender's address is not understood.
    pub fn folder(folder: PathBuf, from: &str) -> Result<Self, MailSettingError> {
        Ok(Self {
            from: sender(from)?,
            way: Way::Folder(folder),
        })
    }

    /// Whether mail leaves the machine.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        matches!(self.way, Way::Smtp(_))
    }

    /// # Errors
    /// When the mail was not taken; the error says whether to try again.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.message(mail)?;
        match &self.way {
            Way::Smtp(transport) => match transport.send(message).await {
                Ok(_) => Ok(()),
                Err(error) if error.is_permanent() => Err(MailError::Never(error.to_string())),
                Err(error) => Err(MailError::Later(error.to_string())),
            },
            Way::Folder(folder) => {
                let file = folder.join(format!("{}.eml", mail.id));
                std::fs::create_dir_all(folder)
                    .and_then(|()| keep(&file, &message.formatted()))
                    .map_err(|error| MailError::Later(error.to_string()))
            }
        }
    }

    /// Removes mails from the folder that were written before a moment, in milliseconds since 1970;
    /// how many. Blocks.
    ///
    /// # Errors
    /// When the folder cannot be read or a file not be removed.
    pub fn purge_folder(&self, before_ms: i64) -> std::io::Result<u64> {
        let Way::Folder(folder) = &self.way else {
            return Ok(0);
        };
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let mut purged = 0;
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_none_or(|ending| ending != "eml") {
                continue;
            }
            match remove_before(&path, before_ms) {
                Ok(is_gone) => purged += u64::from(is_gone),
                // Somebody else took it out meanwhile.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(purged)
    }

    fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        let to: Mailbox = mail
            .to
            .parse()
            .map_err(|_| MailError::Never(format!("{:?} is not an address", mail.to)))?;
        let host = self.from.email.domain();
        let head = MessageBuilder::new()
            .from(self.from.clone())
            .to(to)
            .subject(one_line(&mail.subject))
            .message_id(Some(format!("<{}@{host}>", mail.id)))
            .header(AutoSubmitted);
        let text = mail.text.clone();
        let message = match &mail.html {
            None => head.header(ContentType::TEXT_PLAIN).body(text),
            Some(html) => head.multipart(parts(text, html.clone(), &mail.attachments)?),
        };
        message.map_err(|error| MailError::Never(error.to_string()))
    }
}

/// A page, the same as plain text for who wants that, and files.
fn parts(text: String, html: String, files: &[Attachment]) -> Result<MultiPart, MailError> {
    let page = MultiPart::alternative_plain_html(text, html);
    let mut whole = MultiPart::mixed().multipart(page);
    for file in files {
        let kind = ContentType::parse(file.media_type);
        let kind = kind.map_err(|error| MailError::Never(error.to_string()))?;
        let part = lettre::message::Attachment::new(file.name.clone());
        whole = whole.singlepart(part.body(file.bytes.clone(), kind));
    }
    Ok(whole)
}

/// Tells answering machines to stay silent (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Whether a password would go over the wire in clear.
fn shows_password(url: &str) -> bool {
    let plain = url.strip_prefix("smtp://").unwrap_or_default();
    plain.contains('@') && !plain.contains("tls=required")
}

/// Writes a file that only its owner reads: a mail may hold a link to an account.
fn keep(file: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text)
}

fn sender(from: &str) -> Result<Mailbox, MailSettingError> {
    from.parse()
        .map_err(|_| MailSettingError::From(from.to_owned()))
}

/// A subject never begins another header.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// Removes a file that was written before a moment; whether it did.
fn remove_before(path: &Path, before_ms: i64) -> std::io::Result<bool> {
    let written = std::fs::metadata(path)?.modified()?;
    let written = written.duration_since(UNIX_EPOCH).unwrap_or_default();
    let is_old = i64::try_from(written.as_millis()).is_ok_and(|at| at < before_ms);
    if is_old {
        std::fs::remove_file(path)?;
    }
    Ok(is_old)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            id: "1-invitation".to_owned(),
            to: "ola@shop.example".to_owned(),
            subject: "Zaproszenie\r\nBcc: everybody@shop.example".to_owned(),
            text: "Cześć,\n\nhttps://shop.example/join#secret\n".to_owned(),
            ..Mail::default()
        }
    }

    #[test]
    fn a_message_has_one_recipient_whatever_its_subject_says() {
        let mailer = Mailer::folder(PathBuf::new(), "Throughline <mail@shop.example>").unwrap();
        let message = mailer.message(&mail()).unwrap();
        let to: Vec<String> = message
            .envelope()
            .to()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(to, ["ola@shop.example"]);
        let text = String::from_utf8(message.formatted()).unwrap();
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
        assert!(
            text.contains("Message-ID: <1-invitation@shop.example>"),
            "{text}"
        );
        assert!(text.contains("Auto-Submitted: auto-generated"), "{text}");
    }

    #[test]
    fn a_report_is_a_page_with_its_text_and_its_file() {
        let mailer = Mailer::folder(PathBuf::new(), "Throughline <mail@shop.example>").unwrap();
        let report = Mail {
            html: Some("<p>Zażółć</p>".to_owned()),
            attachments: vec![Attachment {
                name: "report.xlsx".to_owned(),
                media_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                bytes: vec![80, 75, 3, 4, 255],
            }],
            ..mail()
        };
        let text = mailer.message(&report).unwrap().formatted();
        let text = String::from_utf8(text).unwrap();
        for part in [
            "multipart/alternative",
            "text/html",
            "filename=\"report.xlsx\"",
            "UEsDBP8=",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn settings_that_cannot_work_are_refused_without_repeating_a_password() {
        let wrong = Mailer::folder(PathBuf::new(), "nobody").err().unwrap();
        assert!(wrong.to_string().contains("\"nobody\""), "{wrong}");
        let wrong = Mailer::smtp("imap://me:hush@mail.example", "a@b.example");
        let told = wrong.err().unwrap().to_string();
        assert!(
            told.contains("smtps://") && !told.contains("hush"),
            "{told}"
        );
    }
    #[test]
    fn a_password_goes_over_the_wire_only_in_secret() {
        for (url, is_fine) in [
            ("smtp://127.0.0.1:2525", true),
            ("smtp://me:hush@mail.example:587?tls=required", true),
            ("smtps://me:hush@mail.example", true),
            ("smtp://me:hush@mail.example:587?tls=opportunistic", false),
            ("smtp://me:hush@mail.example:25", false),
        ] {
            let mailer = Mailer::smtp(url, "a@b.example");
            assert_eq!(mailer.is_ok(), is_fine, "{url}");
        }
    }
}
