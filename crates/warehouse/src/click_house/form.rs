//! Fields and rows that go along with a statement, as `multipart/form-data`.

use std::hash::{BuildHasher, RandomState};

/// What a server takes in one field is 128 KiB.
pub(super) const FIELD_BYTES_MAX: usize = 128 << 10;

/// The body of a request, part by part.
pub(super) struct Form {
    /// Nobody whose texts are among the rows knows it beforehand.
    boundary: String,
    body: Vec<u8>,
}

impl Form {
    pub(super) fn new() -> Self {
        let drawn = || RandomState::new().hash_one(());
        Self {
            boundary: format!("throughline-{:016x}{:016x}", drawn(), drawn()),
            body: Vec::new(),
        }
    }

    /// The statement, in as many fields as it needs: the server puts them together again.
    pub(super) fn statement(&mut self, mut sql: &str) {
        while !sql.is_empty() {
            let (piece, rest) = sql.split_at(sql.floor_char_boundary(FIELD_BYTES_MAX));
            self.field("query", piece);
            sql = rest;
        }
    }

    /// A text, as long as [`FIELD_BYTES_MAX`] at most.
    pub(super) fn field(&mut self, name: &str, value: &str) {
        self.part(&format!("name=\"{name}\""), value.as_bytes());
    }

    /// Rows under their table's name.
    pub(super) fn rows(&mut self, table: &str, rows: &[u8]) {
        self.part(&format!("name=\"{table}\"; filename=\"{table}\""), rows);
    }

    fn part(&mut self, disposition: &str, content: &[u8]) {
        let head = format!(
            "--{}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n",
            self.boundary
        );
        self.body.extend_from_slice(head.as_bytes());
        self.body.extend_from_slice(content);
        self.body.extend_from_slice(b"\r\n");
    }

    /// The content type and the body.
    pub(super) fn finish(mut self) -> (String, Vec<u8>) {
        let end = format!("--{}--\r\n", self.boundary);
        self.body.extend_from_slice(end.as_bytes());
        let content_type = format!("multipart/form-data; boundary={}", self.boundary);
        (content_type, self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_between_boundaries_that_no_other_request_has() {
        let mut form = Form::new();
        let boundary = form.boundary.clone();
        form.field("param_p1", "a\\nb");
        form.rows("ids", b"\x01\r\n\x02");
        let (content_type, body) = form.finish();
        assert_eq!(
            content_type,
            format!("multipart/form-data; boundary={boundary}")
        );
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"param_p1\"\r\n\r\na\\nb\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"ids\"; filename=\"ids\"\
             \r\n\r\n\x01\r\n\x02\r\n--{boundary}--\r\n"
        );
        assert_eq!(String::from_utf8(body).unwrap(), expected);
        assert_ne!(Form::new().boundary, boundary);
    }
}
