//! Whether a caller's connection is in use. A request costs no timer for that: from time to time somebody looks
//! whether anything has happened.

use std::cell::Cell;
use std::rc::Rc;

/// What happens on one connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Activity(Rc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    open: Cell<u32>,
    /// Requests of which it is the caller's turn to take what there is.
    owed: Cell<u32>,
    happened: Cell<u64>,
}

/// Why a connection is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It is in use.
    Used,
    /// No request is open on it.
    Unused,
    /// The caller does not take what it asked for.
    Stuck,
}

/// One request that is open, until this is dropped.
#[derive(Debug)]
pub(crate) struct OpenRequest {
    activity: Activity,
    /// Whether it waits for the service, not for the caller.
    waits: bool,
}

impl Activity {
    /// A request begins.
    pub(crate) fn begin(&self) -> OpenRequest {
        let counts = &self.0;
        counts.open.set(counts.open.get() + 1);
        self.note();
        OpenRequest {
            activity: self.clone(),
            waits: true,
        }
    }

    fn note(&self) {
        self.0.happened.set(self.0.happened.get().wrapping_add(1));
    }

    /// What has become of the connection since the last look, whose count is given and replaced.
    pub(crate) fn look(&self, seen: &mut u64) -> Use {
        let happened = self.0.happened.get();
        if happened != *seen {
            *seen = happened;
            return Use::Used;
        }
        if self.0.open.get() == 0 {
            Use::Unused
        } else if self.0.owed.get() > 0 {
            Use::Stuck
        } else {
            Use::Used
        }
    }
}

impl OpenRequest {
    /// Something was sent, or it waits for the service.
    pub(crate) fn goes_on(&mut self, waits: bool) {
        let counts = &self.activity.0;
        if waits != self.waits {
            self.waits = waits;
            let owed = counts.owed.get();
            counts.owed.set(if waits { owed - 1 } else { owed + 1 });
        }
        if !waits {
            self.activity.note();
        }
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        let counts = &self.activity.0;
        if !self.waits {
            counts.owed.set(counts.owed.get() - 1);
        }
        counts.open.set(counts.open.get() - 1);
        self.activity.note();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_looked_at_from_time_to_time() {
        let activity = Activity::default();
        let mut seen = 0;
        assert_eq!(activity.look(&mut seen), Use::Unused);
        let mut request = activity.begin();
        assert_eq!(activity.look(&mut seen), Use::Used);
        // it waits for the service, which has its own time
        assert_eq!(activity.look(&mut seen), Use::Used);
        request.goes_on(false);
        assert_eq!(activity.look(&mut seen), Use::Used);
        assert_eq!(activity.look(&mut seen), Use::Stuck);
        request.goes_on(true);
        assert_eq!(activity.look(&mut seen), Use::Used);
        request.goes_on(false);
        drop(request);
        assert_eq!(activity.look(&mut seen), Use::Used);
        assert_eq!(activity.look(&mut seen), Use::Unused);
        assert_eq!(activity.0.owed.get(), 0);
    }
}
