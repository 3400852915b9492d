//! Pine scripts: lists, descriptions, sources, the scripts of the community, and who may use those
//! that need an invitation.
//!
//! The scripts are those of `tv-market`. `access` says who may have what of them, `item` writes
//! them down for lists, `facade` answers for the host of the scripts, `public` lists those of the
//! community, and `pages` are pages about them. `permissions` lets authors change who is invited,
//! and `invitations` keeps that.

mod access;
mod facade;
pub(crate) mod invitations;
mod item;
mod pages;
mod permissions;
mod public;

pub(crate) use facade::answer as facade;
pub(crate) use pages::answer as pages;
pub(crate) use permissions::answer as permissions;
pub(crate) use public::answer as public;
