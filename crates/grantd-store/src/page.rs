//! Paging by position: the next page begins behind a row, however many rows came or went before it.

/// The value that a list is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortValue {
    /// A time in microseconds.
    Micros(i64),
    /// Text, folded to lower case where the list is.
    Text(String),
}

/// A place in a sorted list: right behind this row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The row's value of what the list is sorted by.
    pub value: SortValue,
    /// The row's id, which decides between equal values.
    pub id: String,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The most rows, at least 1.
    pub limit: u32,
    /// Behind which row; from the beginning if absent.
    pub after: Option<Position>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last one.
    pub next: Option<Position>,
}

impl<T> Page<T> {
    /// Makes a page from up to `limit + 1` rows: one more than wanted tells that there is more.
    pub fn from_rows(mut rows: Vec<T>, limit: u32, position: impl Fn(&T) -> Position) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more {
            rows.last().map(position)
        } else {
            None
        };
        Self { items: rows, next }
    }
}
