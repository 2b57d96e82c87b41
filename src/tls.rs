//! What TLS is spoken with: rustls on ring, as far as a client without a certificate of its own needs it.

use std::sync::Arc;

use rustls::crypto::ring::{cipher_suite, default_provider};
use rustls::crypto::{CryptoProvider, KeyProvider};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::{Error, SupportedCipherSuite};

/// Every server of TLS 1.3 has AES-GCM, and so has every one of 1.2 that rustls speaks to; the second cipher beside it and
/// what signs with keys of one's own are a fiftieth of the program.
const SUITES: [SupportedCipherSuite; 6] = [
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// Returns ring's key exchange, signatures and random numbers, with these ciphers.
pub fn provider() -> Arc<CryptoProvider> {
    let CryptoProvider { kx_groups, signature_verification_algorithms, secure_random, .. } = default_provider();
    let (cipher_suites, key_provider) = (SUITES.to_vec(), &NoKeys);
    Arc::new(CryptoProvider { cipher_suites, kx_groups, signature_verification_algorithms, secure_random, key_provider })
}

/// No server is shown a certificate.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General("no certificates of one's own are used".into()))
    }
}
