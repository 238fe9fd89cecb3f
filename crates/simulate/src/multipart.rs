//! Forms with a file, as browsers send them (RFC 7578).

/// Separates the parts; long enough never to occur in a file of ours.
const BOUNDARY: &str = "throughline-7f3a19c2d4e85b60";

/// A form being written.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<u8>);

impl Form {
    pub(crate) fn field(mut self, name: &str, value: &str) -> Self {
        self.head(name, "", "");
        self.0.extend(value.as_bytes());
        self.0.extend(b"\r\n");
        self
    }

    pub(crate) fn file(mut self, name: &str, file_name: &str, kind: &str, bytes: &[u8]) -> Self {
        self.head(name, file_name, kind);
        self.0.extend(bytes);
        self.0.extend(b"\r\n");
        self
    }

    /// The content type and the body.
    pub(crate) fn end(mut self) -> (String, Vec<u8>) {
        self.0.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
        (format!("multipart/form-data; boundary={BOUNDARY}"), self.0)
    }

    fn head(&mut self, name: &str, file_name: &str, kind: &str) {
        let mut head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"");
        if !file_name.is_empty() {
            head.push_str(&format!(
                "; filename=\"{file_name}\"\r\nContent-Type: {kind}"
            ));
        }
        head.push_str("\r\n\r\n");
        self.0.extend(head.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_written_as_the_standard_says() {
        let form = Form::default()
            .field("kind", "costs")
            .file("file", "a.csv", "text/csv", b"x;y");
        let (kind, body) = form.end();
        assert!(kind.ends_with(BOUNDARY));
        let expected = [
            &format!("--{BOUNDARY}"),
            "Content-Disposition: form-data; name=\"kind\"",
            "",
            "costs",
            &format!("--{BOUNDARY}"),
            "Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"",
            "Content-Type: text/csv",
            "",
            "x;y",
            &format!("--{BOUNDARY}--"),
            "",
        ];
        assert_eq!(String::from_utf8(body).unwrap(), expected.join("\r\n"));
    }
}
