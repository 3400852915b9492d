//! TLS: which roots are trusted.
//!
//! The crypto provider is given explicitly, so that no process-wide default is installed or needed.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};

use super::ClientError;

/// A configuration that trusts Mozilla's roots, or the given ones alone.
pub(super) fn config(roots: Option<&[Vec<u8>]>) -> Result<ClientConfig, ClientError> {
    let mut store = RootCertStore::empty();
    match roots {
        None => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(roots) => {
            for (place, root) in roots.iter().enumerate() {
                let root = CertificateDer::from(root.clone());
                store
                    .add(root)
                    .map_err(|_| ClientError::Certificate { place })?;
            }
        }
    }
    let system = |error: rustls::Error| ClientError::System {
        reason: error.to_string(),
    };
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(system)?
        .with_root_certificates(store)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
