//! Mail, judged by what nobody here wrote: Microsoft's schemas, exchangelib, and `email` of Python.

mod corpora;
mod exchangelib;
mod kill;
mod large;
mod schemas;
