//! How long a listener waits after a fault.

use std::time::Duration;

use crate::fault::MailFault;

/// How long it waits after the so-and-so-many-th fault in a row, from 1.
pub(crate) fn wait(fault: &MailFault, times: u64) -> Duration {
    let secs = Duration::from_secs;
    let (first, longest) = match fault {
        MailFault::Busy { after, .. } => return after.unwrap_or(secs(10)),
        // with less at once, or from the beginning, it may go on soon
        MailFault::Transient { .. }
        | MailFault::Unreachable { .. }
        | MailFault::Gone
        | MailFault::Stale
        | MailFault::TimedOut { .. } => (secs(2), secs(300)),
        MailFault::Cursor { .. } | MailFault::NotReached => (secs(1), secs(60)),
        // what people change takes an hour to work; a look now and then does no harm
        MailFault::Poison { .. } | MailFault::Configuration { .. } => (secs(30), secs(900)),
        MailFault::Protocol { .. } => (secs(60), secs(3600)),
        MailFault::Disk { .. } => (secs(2), secs(60)),
    };
    let doublings = u32::try_from(times.saturating_sub(1)).unwrap_or(u32::MAX);
    let factor = 1_u32.checked_shl(doublings.min(20)).unwrap_or(u32::MAX);
    first.saturating_mul(factor).min(longest)
}

/// How long until a mail that failed is tried again, after so many attempts.
pub(crate) fn until_next_attempt(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(12);
    let factor = 1_u32.checked_shl(doublings).unwrap_or(4096);
    Duration::from_secs(30)
        .saturating_mul(factor)
        .min(Duration::from_hours(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_their_longest() {
        let fault = MailFault::Transient {
            class: "x",
            detail: String::new(),
        };
        let waits: Vec<u64> = (1..12).map(|times| wait(&fault, times).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        let busy = MailFault::Busy {
            after: Some(Duration::from_secs(17)),
            detail: String::new(),
        };
        assert_eq!(wait(&busy, 9), Duration::from_secs(17));
        let waits: Vec<u64> = (1..=9).map(|n| until_next_attempt(n).as_secs()).collect();
        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
    }
}
