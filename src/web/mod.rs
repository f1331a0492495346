//! Owns what a browser sees: the hosted pages' words, looks and files.
//! It must not know SQL.

pub mod assets;
pub mod pages;
pub mod texts;
