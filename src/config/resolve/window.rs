//! The rollback window of a policy.

use super::hours;
use crate::config::decode::{At, Items};
use crate::config::problem::Findings;
use crate::config::raw::{RawPhase, RawWindow};
use crate::domain::window::{Phase, Window};

/// Returns the window: the phases as written, or the standard ones cut or lengthened to the hours that are written.
pub(super) fn window(raw: Option<&At<RawWindow>>, findings: &mut Findings) -> Window {
    let mut window = Window::default();
    let Some(At { value: raw, .. }) = raw else {
        return window;
    };
    if let Some(At { value: after, .. }) = &raw.after {
        if let Some(action) = &after.action {
            window.after.action.clone_from(&action.value);
        }
        if let Some(responsible) = &after.responsible {
            window.after.responsible.clone_from(&responsible.value);
        }
    }
    let length = raw.hours.as_ref().map(|length| hours(length, "window.hours", findings));
    match (&raw.phases, length) {
        (Some(written), _) => {
            window.phases = phases(written, findings);
            let end = written.value.0.last().and_then(|last| last.as_ref()).map(|last| last.value.until_hours.value);
            if let (Some(length), Some(end)) = (raw.hours.as_ref(), end)
                && length.value != end
            {
                let message = format!("`window.hours` is {}, and the last phase ends at {end}", length.value);
                findings.hinted(
                    length.at,
                    message,
                    "the last phase ends with the window: write one number in both places, or leave out `hours`",
                );
            }
        }
        (None, Some(length)) => window.phases = fitted(window.phases, length),
        (None, None) => {}
    }
    window
}

fn phases(written: &At<Items<At<RawPhase>>>, findings: &mut Findings) -> Vec<Phase> {
    let Items(items) = &written.value;
    if items.is_empty() {
        findings.hinted(written.at, "`window.phases` is empty", "write at least one phase, or remove it for the standard ones");
    }
    let mut before = 0;
    for (at, phase) in items.iter().enumerate().filter_map(|(at, phase)| Some((at, phase.as_ref()?))) {
        let until = &phase.value.until_hours;
        let end = hours(until, &format!("window.phases[{at}].until-hours"), findings);
        if before > 0 && end <= before {
            let message = format!("`window.phases[{at}]` ends at {end} hours, not after the one before, which ends at {before}");
            findings.hinted(until.at, message, "write the phases in order, each ending later than the one before");
        }
        before = end;
    }
    let phase = |At { value: raw, .. }: &At<RawPhase>| Phase {
        action: raw.action.value.clone(),
        responsible: raw.responsible.value.clone(),
        until_hours: raw.until_hours.value,
    };
    items.iter().flatten().map(phase).collect()
}

/// Returns the phases that begin within `length`, the last of them ending with it.
fn fitted(phases: Vec<Phase>, length: u32) -> Vec<Phase> {
    let mut fitted: Vec<Phase> = Vec::new();
    for phase in phases {
        if fitted.last().is_none_or(|last| last.until_hours < length) {
            fitted.push(phase);
        }
    }
    if let Some(last) = fitted.last_mut() {
        last.until_hours = length;
    }
    fitted
}
