//! An entry of the journal: what decodes can be encoded, and reads back the same.

use base::Fact;

pub(crate) fn run(bytes: &[u8]) {
    let Ok(fact) = Fact::decode(bytes) else {
        return;
    };
    let again = Fact::decode(&fact.encode().unwrap());
    assert_eq!(again.as_ref(), Ok(&fact));
    // What the loader asks of every fact.
    let _ = (fact.id(), fact.workspace(), fact.recorded());
    let kinds = [
        fact.hit().is_some(),
        fact.outcome().is_some(),
        fact.cost().is_some(),
        fact.lead_state().is_some(),
        fact.withdrawal().is_some(),
        fact.history().is_some(),
    ];
    assert_eq!(kinds.iter().filter(|is| **is).count(), 1, "one kind each");
}
