//! Host names to addresses: the system's resolver, or another in its place.

use std::{future::Future, io, net::SocketAddr};

/// Resolves host names.
pub trait Resolver: Send {
    /// The addresses of `host`, in the order in which to try them; asked anew for each attempt.
    fn resolve(
        &mut self,
        host: &str,
        port: u16,
    ) -> impl Future<Output = io::Result<Vec<SocketAddr>>> + Send;
}

/// The operating system's resolver.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    async fn resolve(&mut self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, port)).await?.collect())
    }
}
