//! A word for one that was mistyped.

/// `; did you mean …?` with the known word that is nearest, where one is near at all.
pub(crate) fn hint(wrong: &str, known: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let nearest = known
        .into_iter()
        .map(|name| (distance(wrong, name.as_ref()), name))
        .min_by_key(|(edits, _)| *edits);
    match nearest {
        // Beyond half of its letters a word is another one.
        Some((edits, name)) if edits * 2 <= wrong.chars().count() => {
            format!("; did you mean {}?", name.as_ref())
        }
        _ => String::new(),
    }
}

/// Edits that turn one word into the other, two neighbours that changed places being one
/// (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let mut edits = (above[j] + usize::from(a != b))
                .min(above[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && left[i - 1] == *b && right[j - 1] == *a {
                let swapped: usize = before[j - 1];
                edits = edits.min(swapped + 1);
            }
            row.push(edits);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_near_word_is_offered() {
        let known = ["ctr", "cost", "clicks", "visits"];
        assert_eq!(hint("cots", known), "; did you mean cost?");
        assert_eq!(hint("profitability", known), "");
    }
}
