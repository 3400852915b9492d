//! TLS with a certificate that is made at the start, under an authority that is made as well.

#[cfg(feature = "tls")]
mod made {
    use std::sync::Arc;

    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    use tokio_rustls::{
        TlsAcceptor,
        rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer, version},
    };

    use crate::error::SimError;

    /// The names that the certificate is for.
    const NAMES: &[&str] = &[
        "localhost",
        "127.0.0.1",
        "::1",
        "tradingview.com",
        "*.tradingview.com",
    ];

    /// A server's side of TLS.
    #[derive(Clone)]
    pub(crate) struct Tls {
        pub(crate) acceptor: TlsAcceptor,
        ca_pem: String,
    }

    impl Tls {
        /// Makes an authority and a certificate.
        pub(crate) fn make() -> Result<Self, SimError> {
            let failed = |error: rcgen::Error| SimError::Tls(error.to_string());
            let mut authority = CertificateParams::default();
            authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let name = "tv-sim, made for this run";
            authority
                .distinguished_name
                .push(rcgen::DnType::CommonName, name);
            let issuer_key = KeyPair::generate().map_err(failed)?;
            let issuer = CertifiedIssuer::self_signed(authority, issuer_key).map_err(failed)?;
            let names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
            let key = KeyPair::generate().map_err(failed)?;
            let mut leaf = CertificateParams::new(names).map_err(failed)?;
            // By its key a client tells the authorities of several simulators apart, which have one
            // name.
            leaf.use_authority_key_identifier_extension = true;
            let leaf = leaf.signed_by(&key, &issuer).map_err(failed)?;
            let mut config =
                ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
                    .with_protocol_versions(&[&version::TLS13, &version::TLS12])
                    .and_then(|config| {
                        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
                        config
                            .with_no_client_auth()
                            .with_single_cert(vec![leaf.der().clone()], key)
                    })
                    .map_err(|error| SimError::Tls(error.to_string()))?;
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            Ok(Self {
                acceptor: TlsAcceptor::from(Arc::new(config)),
                ca_pem: issuer.pem(),
            })
        }

        /// The authority's certificate as PEM.
        pub(crate) fn ca_pem(&self) -> &str {
            &self.ca_pem
        }
    }
}

#[cfg(not(feature = "tls"))]
mod made {
    use std::convert::Infallible;

    /// There is no TLS without the feature `tls`.
    #[derive(Clone)]
    pub(crate) struct Tls(Infallible);

    impl Tls {
        pub(crate) fn ca_pem(&self) -> &str {
            match self.0 {}
        }
    }
}

pub(crate) use made::Tls;
