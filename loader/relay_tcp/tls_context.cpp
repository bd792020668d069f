// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_tcp/tls_context.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

namespace sluice {
namespace {

namespace ssl = boost::asio::ssl;

struct FreeKeyOfRelay {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCertificateOfRelay {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using RelayKeyPtr = std::unique_ptr<EVP_PKEY, FreeKeyOfRelay>;
using RelayCertificatePtr = std::unique_ptr<X509, FreeCertificateOfRelay>;

constexpr long kSecondsOfCertificate = 365L * 24 * 3600;

bool fill(X509* certificate, EVP_PKEY* key) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>("relay");
  return X509_set_version(certificate, 2) == 1 &&
         ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -kSecondsOfCertificate) &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), kSecondsOfCertificate) &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

// Nothing of a connection outlives it, and few bytes are held for one that is silent.
void have_short_memory(ssl::context& context) {
  SSL_CTX* of_openssl = context.native_handle();
  SSL_CTX_set_min_proto_version(of_openssl, TLS1_3_VERSION);
  SSL_CTX_set_session_cache_mode(of_openssl, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(of_openssl, 0);
  SSL_CTX_set_mode(of_openssl, SSL_MODE_RELEASE_BUFFERS);
}

}   // namespace

Result<ssl::context> server_context() {
  ssl::context context(ssl::context::tls_server);
  const RelayKeyPtr key(EVP_EC_gen("P-256"));
  const RelayCertificatePtr certificate(X509_new());
  SSL_CTX* of_openssl = context.native_handle();
  if (!key || !certificate || !fill(certificate.get(), key.get()) ||
      SSL_CTX_use_certificate(of_openssl, certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(of_openssl, key.get()) != 1)
    return fail("make a key for TLS");
  have_short_memory(context);
  return context;
}

ssl::context client_context() {
  ssl::context context(ssl::context::tls_client);
  context.set_verify_mode(ssl::verify_none);
  have_short_memory(context);
  return context;
}

}   // namespace sluice
