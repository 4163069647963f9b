//! Mail, judged by what nobody here wrote: Microsoft's schemas, exchangelib, and CPython's `email` of CPython.

mod corpora;
mod exchangelib;
mod schemas;
