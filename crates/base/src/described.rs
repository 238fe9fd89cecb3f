//! Lists of tables and of what their columns mean, which exports tell.

/// A text with a line for each table and column; `# ` begins a remark.
#[derive(Debug, Clone, Copy)]
pub struct Described(&'static str);

impl Described {
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// The lines that say something.
    pub fn lines(self) -> impl Iterator<Item = &'static str> {
        let lines = self.0.lines().map(str::trim);
        lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
    }

    /// A column's name and what is said of it: by its line, or, where that is the name alone, by
    /// the line behind `* ` that speaks of all tables.
    #[must_use]
    pub fn column(self, line: &'static str) -> Option<(&'static str, &'static str)> {
        if let Some(told) = line.split_once(" | ") {
            return Some(told);
        }
        let common = self.lines().filter_map(|line| line.strip_prefix("* "));
        let mut told = common.filter_map(|line| line.split_once(" | "));
        told.find(|(name, _)| *name == line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_told_by_its_own_line_or_by_the_one_of_all_tables() {
        let told =
            Described::new("# x\n* id | its number\n\n= a | A\n  id\n  sum | i | money\n  no");
        assert_eq!(told.lines().count(), 5);
        assert_eq!(told.column("id"), Some(("id", "its number")));
        assert_eq!(told.column("sum | i | money"), Some(("sum", "i | money")));
        assert_eq!(told.column("no"), None);
    }
}
