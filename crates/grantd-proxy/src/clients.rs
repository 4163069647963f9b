//! The callers' connections of one thread, which it looks at once a second.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use crate::client::{Client, Order};

/// After how many looks it is asked whether a connection is of use: one without a request ends after one to two
/// times so many seconds.
const USE: u32 = 40;

/// The connections that are there.
#[derive(Default)]
pub(crate) struct Clients {
    all: RefCell<HashMap<u64, Rc<Client>>>,
    last: Cell<u64>,
    looks: Cell<u32>,
    is_ending: Cell<bool>,
}

/// A connection's place among them, until it is dropped.
pub(crate) struct Place<'a> {
    clients: &'a Clients,
    number: u64,
}

impl Clients {
    /// A connection begins.
    pub(crate) fn enter(&self, client: &Rc<Client>) -> Place<'_> {
        let number = self.last.get() + 1;
        self.last.set(number);
        self.all.borrow_mut().insert(number, Rc::clone(client));
        if self.is_ending.get() {
            client.tell(Order::End);
        }
        Place {
            clients: self,
            number,
        }
    }

    /// Looks at each of them; to be called once a second.
    pub(crate) fn look(&self, now: Duration) {
        let looks = self.looks.get().wrapping_add(1);
        self.looks.set(looks);
        let all = self.all.borrow();
        for client in all.values() {
            client.look_at_answer(now);
            if looks.is_multiple_of(USE) {
                client.look_at_use();
            }
        }
    }

    /// Has each of them end with its last request, and those that come.
    pub(crate) fn end(&self) {
        self.is_ending.set(true);
        for client in self.all.borrow().values() {
            client.tell(Order::End);
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.clients.all.borrow_mut().remove(&self.number);
    }
}
