//! The slot of a token through thousands of interleavings of its callers and its flights.
//!
//! `slot.rs` is compiled here a second time, upon locks whose every use is a point where another
//! thread may go on. What is shown: for one need there is one flight, nobody waits for ever (a
//! thread that is never woken is a deadlock, which fails the run), nobody who comes after a landing
//! sees what was before it, and after a failed flight the next one may begin.
//!
//! It has been seen failing: without the second look at the state under the lock in `Slot::join`,
//! a caller who looked before a landing and joins after it begins a second flight for the same need;
//! likewise where `Slot::land` takes the flight away before the state is in place. In both cases all
//! tests but the last fail.

#[path = "../../src/token/slot.rs"]
mod slot;
mod sync;

use std::sync::PoisonError;

use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::sync::{Arc, Condvar, Mutex};
use shuttle::thread;

use slot::{Joined, Slot};

/// How many interleavings of each kind are run.
const RUNS: usize = 800;

/// How many changes of thread a fault may need to be found by `check_pct`.
const DEPTH: usize = 3;

/// How a flight ended: with the token of this number, or without.
type Landed = Option<usize>;

/// What followers wait with.
#[derive(Clone, Default)]
struct Waiter(Arc<(Mutex<Option<Landed>>, Condvar)>);

impl Waiter {
    fn wait(&self) -> Landed {
        let (landed, changed) = &*self.0;
        let mut landed = landed.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(landed) = *landed {
                return landed;
            }
            landed = changed.wait(landed).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn tell(&self, landed: Landed) {
        let (place, changed) = &*self.0;
        *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(landed);
        changed.notify_all();
    }
}

/// A slot whose state is the number of the token at hand, 0 if none, with a server behind it.
#[derive(Clone)]
struct World {
    slot: Arc<Slot<usize, Waiter>>,
    flights: Arc<AtomicUsize>,
    /// How many of the first flights bring nothing.
    failing: usize,
}

impl World {
    fn new(failing: usize) -> Self {
        Self {
            slot: Arc::new(Slot::new(0)),
            flights: Arc::new(AtomicUsize::new(0)),
            failing,
        }
    }

    /// Asks as the engine does: looks without waiting, joins if that is not enough, waits.
    fn ask(&self, at_least: usize) -> Landed {
        let enough = |number: &usize| (*number >= at_least).then_some(*number);
        if let Some(number) = self.slot.with_state(enough) {
            return Some(number);
        }
        match self.slot.join(enough, || self.begin()) {
            Joined::Enough(number) => Some(number),
            Joined::Follow(waiter) => waiter.wait(),
        }
    }

    fn begin(&self) -> Waiter {
        let waiter = Waiter::default();
        let (world, landing) = (self.clone(), waiter.clone());
        thread::spawn(move || world.fly(&landing));
        waiter
    }

    /// The request and its end, in the order of the engine: first the state, then those who wait.
    fn fly(&self, landing: &Waiter) {
        let before = self.flights.fetch_add(1, Ordering::SeqCst);
        let landed = (before >= self.failing).then_some(before + 1);
        self.slot.land(|state| landed.unwrap_or(*state));
        landing.tell(landed);
    }
}

/// Tries random interleavings, and those where few changes of thread decide.
fn check(scenario: impl Fn() + Send + Sync + Copy + 'static) {
    shuttle::check_random(scenario, RUNS);
    shuttle::check_pct(scenario, RUNS, DEPTH);
}

#[test]
fn one_need_makes_one_flight() {
    check(|| {
        let world = World::new(0);
        let callers: Vec<_> = (0..4)
            .map(|_| {
                let world = world.clone();
                thread::spawn(move || assert_eq!(world.ask(1), Some(1)))
            })
            .collect();
        for caller in callers {
            caller.join().unwrap();
        }
        assert_eq!(world.flights.load(Ordering::SeqCst), 1);
        assert_eq!(world.ask(1), Some(1), "it is at hand");
    });
}

#[test]
fn who_comes_after_a_landing_sees_what_it_brought() {
    check(|| {
        let world = World::new(0);
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let world = world.clone();
                thread::spawn(move || {
                    let first = world.ask(1).unwrap();
                    // a state is never followed by an earlier one
                    assert!(*world.slot.state() >= first);
                    let second = world.ask(first + 1).unwrap();
                    assert!(second > first);
                    assert!(*world.slot.state() >= second);
                })
            })
            .collect();
        for caller in callers {
            caller.join().unwrap();
        }
        // who is late finds the second, and wants the one after it
        let flights = world.flights.load(Ordering::SeqCst);
        assert!((2..=4).contains(&flights), "{flights}");
        assert_eq!(*world.slot.state(), flights, "none of them was in vain");
    });
}

#[test]
fn after_a_failed_flight_the_next_begins() {
    check(|| {
        let world = World::new(2);
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let world = world.clone();
                thread::spawn(move || {
                    let mut tries = 1;
                    while world.ask(1).is_none() {
                        tries += 1;
                        assert!(tries <= 3, "each failure is told once");
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.join().unwrap();
        }
        assert_eq!(world.flights.load(Ordering::SeqCst), 3);
        assert_eq!(*world.slot.state(), 3);
    });
}

#[test]
fn a_change_beside_a_flight_neither_ends_nor_undoes_it() {
    check(|| {
        let world = World::new(0);
        let asking = {
            let world = world.clone();
            thread::spawn(move || world.ask(1))
        };
        let dropping = {
            let world = world.clone();
            // the tokens at hand are thrown away
            thread::spawn(move || world.slot.change(|_| 0))
        };
        assert_eq!(asking.join().unwrap(), Some(1));
        dropping.join().unwrap();
        let flights = world.flights.load(Ordering::SeqCst);
        assert_eq!(flights, 1);
        let state = *world.slot.state();
        assert!(state == 0 || state == 1, "{state}");
        assert_eq!(world.ask(1), Some(if state == 1 { 1 } else { 2 }));
    });
}
