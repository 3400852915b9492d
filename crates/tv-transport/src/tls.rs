//! TLS: which roots to trust, and what its failures mean.
//!
//! Keeps rustls inside this crate. The crypto provider is given explicitly, so that no process-wide
//! default is installed or needed.

use std::{
    fmt, io,
    sync::{Arc, OnceLock},
};

use tokio_rustls::{
    TlsConnector,
    rustls::{
        self, CertificateError, ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName},
    },
};

use crate::error::{DialError, InvalidEndpoint, IoFault, TlsFault};

/// The trusted roots and the TLS configuration made of them on first use.
///
/// The configuration holds the session cache, which makes reconnects cheaper.
pub(crate) struct Trust {
    roots: RootCertStore,
    config: OnceLock<Arc<ClientConfig>>,
}

impl Trust {
    /// Trusts the given roots alone.
    pub(crate) fn only<D: AsRef<[u8]>>(
        certificates: impl IntoIterator<Item = D>,
    ) -> Result<Self, InvalidEndpoint> {
        extended(RootCertStore::empty(), certificates)
    }

    /// Trusts the given roots besides these.
    pub(crate) fn and<D: AsRef<[u8]>>(
        &self,
        certificates: impl IntoIterator<Item = D>,
    ) -> Result<Self, InvalidEndpoint> {
        extended(self.roots.clone(), certificates)
    }

    /// The connector; all of its clones share one session cache.
    pub(crate) fn connector(&self) -> Result<TlsConnector, InvalidEndpoint> {
        if let Some(config) = self.config.get() {
            return Ok(TlsConnector::from(Arc::clone(config)));
        }
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| InvalidEndpoint::TlsConfig)?
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        // Browsers offer this for a WebSocket. Without it, a server that prefers HTTP/2 would
        // choose that.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let config = self.config.get_or_init(|| Arc::new(config));
        Ok(TlsConnector::from(Arc::clone(config)))
    }
}

impl Default for Trust {
    fn default() -> Self {
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        Self {
            roots,
            config: OnceLock::new(),
        }
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("roots", &self.roots.len())
            .finish_non_exhaustive()
    }
}

/// The name that a certificate must be valid for.
pub(crate) fn server_name(host: &str) -> Result<ServerName<'static>, InvalidEndpoint> {
    ServerName::try_from(host.to_owned()).map_err(|_| InvalidEndpoint::Host)
}

/// Sorts the error of a TLS handshake.
pub(crate) fn handshake_error(error: &io::Error) -> DialError {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    DialError::Tls(inner.map_or_else(|| TlsFault::Lost(IoFault::from(error)), fault_of))
}

fn fault_of(error: &rustls::Error) -> TlsFault {
    use rustls::Error as E;
    match error {
        E::InvalidCertificate(cause) => match cause {
            CertificateError::UnknownIssuer => TlsFault::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                TlsFault::WrongName
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                TlsFault::Expired
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                TlsFault::NotYetValid
            }
            _ => TlsFault::Certificate,
        },
        E::NoCertificatesPresented | E::UnsupportedNameType | E::InvalidCertRevocationList(_) => {
            TlsFault::Certificate
        }
        E::PeerIncompatible(_) | E::AlertReceived(_) | E::NoApplicationProtocol => {
            TlsFault::Refused
        }
        _ => TlsFault::Protocol,
    }
}

fn extended<D: AsRef<[u8]>>(
    mut roots: RootCertStore,
    certificates: impl IntoIterator<Item = D>,
) -> Result<Trust, InvalidEndpoint> {
    for certificate in certificates {
        roots
            .add(CertificateDer::from(certificate.as_ref().to_vec()))
            .map_err(|_| InvalidEndpoint::RootCertificate)?;
    }
    Ok(Trust {
        roots,
        config: OnceLock::new(),
    })
}
