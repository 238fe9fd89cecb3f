//! Where a click goes: campaign → flow → landing page and offer.
//!
//! [`compile`] turns definitions into a [`Snapshot`], [`route`] finds the way of a click in it,
//! and [`trace`] tells the same way with every rule's verdict. Nothing here knows a clock or
//! chance: the click carries its moment, and a [`Draw`] is one number from outside. So the same
//! click with the same number and the same memory goes the same way, now and when somebody asks
//! why a year later.
//!
//! **Order.** Forced flows in their order, the first whose rule passes. Else a regular one: the
//! first that passes, or one drawn by weight, and where its rule fails another among the rest. Else
//! the default flow. Else nobody ([`Outcome::NoFlow`]).
//!
//! - *Unknown is a value of its own*, written as `null`. `is` a value never holds of what is
//!   unknown; `is not` is always the opposite, so it does. A filter that is to take the unknown, or
//!   to keep it out, names it: `is [PL, null]`, `is not [PL, null]`. Nothing is thrown away
//!   silently where, say, no table of countries is installed, for a trace shows what was unknown.
//! - *A binding* is worth as much as the rule: a visitor comes back to the flow only where its rule
//!   still passes. Weight 0 is never drawn but keeps those who are bound; a flow that is off does
//!   not. Forced flows and the default flow bind nobody.
//! - *A full offer* hands over to its alternative, that to its own, then another offer of the flow
//!   is drawn. A flow without any room is passed over like one whose rule fails. The memory gives
//!   out a place in the same step in which it is asked for one ([`Memory::take_place`]), and it is
//!   the last step: so caps are exact and no place is lost.
//! - *The memory is asked last*, and only where its answer decides: filters are reordered by what
//!   they cost, which changes no answer, for they are pure.
//! - *A time table* is asked of the click's moment in the campaign's own zone, and not of a weekday
//!   and minute that the caller found: a click that is sent on to another campaign may come into
//!   another zone. What no filter asks is not computed.
//! - *Sending on* is bounded and without circles when compiled, not when a click comes.
//! - *A trace* is the same code with a witness looking on; without one it costs nothing. Rules that
//!   had no turn are judged too.
//!
//! There is deliberately no filter by address, by list of networks or by whole user agent, and no
//! action that answers with somebody else's page: those serve to show reviewers something else than
//! visitors. Machines may have a flow of their own, which the trace shows to everyone who may look.

mod calendar;
mod chain;
mod click;
mod compile;
mod definition;
mod draw;
mod filter;
mod flaw;
mod memory;
mod pattern;
mod read;
mod route;
mod snapshot;
#[cfg(test)]
mod tests;
mod trace;
mod witness;

pub use chain::{ALTERNATIVES_MAX, HOPS_MAX};
pub use click::{Click, Connection, Proxy, Sender};
pub use compile::{Compiled, compile};
pub use definition::{
    Action, Binding, CAMPAIGNS_MAX, Campaign, Definitions, EXPRESSIONS_MAX, FILTERS_MAX, FLOWS_MAX,
    Filter, Flow, FlowKind, FlowState, HOURS_MAX, HTML_BYTES_MAX, Joint, Keeps, Landing, Offer, Op,
    PAGES_MAX, Redirect, Room, Rotation, Rule, SHARES_MAX, Share, Subject, VALUE_CHARS_MAX,
    VALUES_MAX, WEIGHT_MAX,
};
pub use draw::Draw;
pub use flaw::{About, Defect, Flaw};
pub use memory::{Bound, Memory, NoMemory, Period, Scope};
pub use route::{Decision, Outcome, Step, route};
pub use snapshot::Snapshot;
pub use trace::{Event, FilterVerdict, FlowVerdict, Hop, Trace, trace};
pub use witness::{Fate, Turn};
