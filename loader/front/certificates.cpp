// SPDX-License-Identifier: GPL-2.0-or-later
#include "front/certificates.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cctype>
#include <ctime>
#include <memory>

#include "base/hex.hpp"
#include "base/unix_socket.hpp"

namespace sluice {
namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* one) const {
    free(one);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using X509Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;
using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Free<SSL_free>>;

Bio reader_of(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// A key with a passphrase is none that can be served: nobody is asked for it.
int no_passphrase(char*, int, int, void*) { return 0; }

std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, size > 0 ? static_cast<size_t>(size) : 0};
}

std::chrono::system_clock::time_point time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::string fingerprint_of(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return "";
  return hex_of({digest, size});
}

std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  const Names all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type != GEN_DNS) continue;
    std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                     static_cast<size_t>(ASN1_STRING_length(name->d.dNSName)));
    std::ranges::transform(text, text.begin(), [](unsigned char letter) { return std::tolower(letter); });
    names.push_back(std::move(text));
  }
  return names;
}

Result<std::vector<X509Certificate>> read_chain(std::string_view text) {
  const Bio bio = reader_of(text);
  std::vector<X509Certificate> chain;
  while (X509Certificate one{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)})
    chain.push_back(std::move(one));
  ERR_clear_error();
  if (chain.empty()) return fail("there is no certificate in it");
  return chain;
}

// Written anew, so that nothing else that a file may have gets to HAProxy.
Result<std::string> pem_of(const std::vector<X509Certificate>& chain, const Key& key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  bool good = bio != nullptr;
  for (const auto& one : chain) good = good && PEM_write_bio_X509(bio.get(), one.get()) == 1;
  good = good && PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1;
  if (!good) return fail("it cannot be written as PEM");
  return text_of(bio);
}

}   // namespace

Result<Certificate> read_certificate(std::string_view chain_text, std::string_view key_text) {
  const auto chain = TRY(read_chain(chain_text));
  const Key key(PEM_read_bio_PrivateKey(reader_of(key_text).get(), nullptr, no_passphrase, nullptr));
  const bool fits = key && X509_check_private_key(chain.front().get(), key.get()) == 1;
  ERR_clear_error();
  if (!key) return fail("the key is none, or it has a passphrase");
  if (!fits) return fail("the key is not that of the certificate");
  Certificate certificate{.pem = TRY(pem_of(chain, key)),
                          .fingerprint = fingerprint_of(chain.front().get()),
                          .names = names_of(chain.front().get()),
                          .begins = time_of(X509_get0_notBefore(chain.front().get())),
                          .ends = time_of(X509_get0_notAfter(chain.front().get()))};
  if (certificate.names.empty()) return fail("the certificate has no name of a host");
  return certificate;
}

Result<> check_public_key(std::string_view pem, bool elliptic) {
  const Key key(PEM_read_bio_PUBKEY(reader_of(pem).get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!key) return fail("it is not a public key as PEM");
  if (EVP_PKEY_get_base_id(key.get()) != (elliptic ? EVP_PKEY_EC : EVP_PKEY_RSA))
    return fail(elliptic ? "it is not a key of an elliptic curve" : "it is not a key of RSA");
  if (elliptic && EVP_PKEY_get_bits(key.get()) != 256) return fail("it is not a key of the curve P-256");
  if (!elliptic && EVP_PKEY_get_bits(key.get()) < 2048) return fail("a key of RSA has 2048 bits at least");
  return {};
}

Result<std::string> served_certificate(const std::filesystem::path& socket, const std::string& name,
                                       std::chrono::milliseconds patience) {
  const UniqueFd fd = TRY(connect_unix(socket, patience));
  const Context context(SSL_CTX_new(TLS_client_method()));
  const Session session(context ? SSL_new(context.get()) : nullptr);
  const bool ready = session && SSL_set_fd(session.get(), fd.get()) == 1 &&
                     SSL_set_tlsext_host_name(session.get(), name.c_str()) == 1;
  const bool served = ready && SSL_connect(session.get()) == 1;
  ERR_clear_error();
  if (!served) return fail(fmt::format("no certificate is served for {}", name));
  const X509Certificate certificate(SSL_get1_peer_certificate(session.get()));
  if (!certificate) return fail(fmt::format("no certificate is served for {}", name));
  return fingerprint_of(certificate.get());
}

}   // namespace sluice
