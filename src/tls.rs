//! What TLS is spoken with: rustls on ring, as far as a client without a certificate of its own needs it.

use std::sync::Arc;

use ring::rand::SecureRandom as _;
use rustls::SignatureScheme as Scheme;
use rustls::crypto::ring::{ALL_KX_GROUPS, cipher_suite};
use rustls::crypto::{CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, WebPkiSupportedAlgorithms};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::{Error, SupportedCipherSuite};
use webpki::ring as algorithms;

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

/// What rustls takes with ring: a test holds the two together.
static SIGNATURES: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        algorithms::ECDSA_P256_SHA256,
        algorithms::ECDSA_P256_SHA384,
        algorithms::ECDSA_P384_SHA256,
        algorithms::ECDSA_P384_SHA384,
        algorithms::ED25519,
        algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
        algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
        algorithms::RSA_PKCS1_2048_8192_SHA256,
        algorithms::RSA_PKCS1_2048_8192_SHA384,
        algorithms::RSA_PKCS1_2048_8192_SHA512,
        algorithms::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
        algorithms::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
        algorithms::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
    ],
    mapping: &[
        // TLS 1.2 does not tie a scheme to a curve.
        (Scheme::ECDSA_NISTP384_SHA384, &[algorithms::ECDSA_P384_SHA384, algorithms::ECDSA_P256_SHA384]),
        (Scheme::ECDSA_NISTP256_SHA256, &[algorithms::ECDSA_P256_SHA256, algorithms::ECDSA_P384_SHA256]),
        (Scheme::ED25519, &[algorithms::ED25519]),
        (Scheme::RSA_PSS_SHA512, &[algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY]),
        (Scheme::RSA_PSS_SHA384, &[algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY]),
        (Scheme::RSA_PSS_SHA256, &[algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY]),
        (Scheme::RSA_PKCS1_SHA512, &[algorithms::RSA_PKCS1_2048_8192_SHA512]),
        (Scheme::RSA_PKCS1_SHA384, &[algorithms::RSA_PKCS1_2048_8192_SHA384]),
        (Scheme::RSA_PKCS1_SHA256, &[algorithms::RSA_PKCS1_2048_8192_SHA256]),
    ],
};

/// Returns ring's key exchange, signatures and random numbers, with these ciphers.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        cipher_suites: SUITES.to_vec(),
        kx_groups: ALL_KX_GROUPS.to_vec(),
        signature_verification_algorithms: SIGNATURES,
        secure_random: &Edge,
        key_provider: &Edge,
    })
}

/// Random numbers are the system's; no server is shown a certificate.
#[derive(Debug)]
struct Edge;

impl SecureRandom for Edge {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), GetRandomFailed> {
        ring::rand::SystemRandom::new().fill(bytes).map_err(|_| GetRandomFailed)
    }
}

impl KeyProvider for Edge {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General("no certificates of one's own are used".into()))
    }
}

#[cfg(test)]
mod tests {
    use rustls::crypto::ring::default_provider;

    use super::*;

    #[test]
    fn signatures_and_key_exchange_are_those_of_rustls() {
        let (ours, theirs) = (provider(), default_provider());
        let ids = |provider: &CryptoProvider| {
            let algorithms = provider.signature_verification_algorithms;
            let one = |id: &&dyn rustls::pki_types::SignatureVerificationAlgorithm| (id.public_key_alg_id(), id.signature_alg_id());
            let mut all: Vec<_> = algorithms.all.iter().map(one).collect();
            all.sort_unstable_by_key(|(key, signature)| (key.as_ref().to_vec(), signature.as_ref().to_vec()));
            let mapping: Vec<_> = algorithms.mapping.iter().map(|(scheme, of)| (*scheme, of.iter().map(one).collect::<Vec<_>>())).collect();
            (all, mapping)
        };
        assert_eq!(ids(&ours), ids(&theirs));
        let groups = |provider: &CryptoProvider| provider.kx_groups.iter().map(|group| group.name()).collect::<Vec<_>>();
        assert_eq!(groups(&ours), groups(&theirs));
        assert!(ours.cipher_suites.iter().all(|suite| theirs.cipher_suites.contains(suite)));
    }

    #[test]
    fn random_numbers_are_random() {
        let (mut one, mut other) = ([0; 32], [0; 32]);
        assert!(Edge.fill(&mut one).is_ok() && Edge.fill(&mut other).is_ok());
        assert!(one != other && one != [0; 32]);
    }
}
