// SPDX-License-Identifier: GPL-2.0-or-later
#include "acme/key_request.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

namespace sluice {
namespace {

template <auto free>
struct FreeOfOpenssl {
  template <class T>
  void operator()(T* one) const {
    free(one);
  }
};
using BioPtr = std::unique_ptr<BIO, FreeOfOpenssl<BIO_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeOfOpenssl<EVP_PKEY_free>>;
using RequestPtr = std::unique_ptr<X509_REQ, FreeOfOpenssl<X509_REQ_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, FreeOfOpenssl<X509_EXTENSION_free>>;

struct FreeExtensions {
  void operator()(STACK_OF(X509_EXTENSION) * all) const { sk_X509_EXTENSION_free(all); }
};

bool add_name(X509_REQ* request, const std::string& name) {
  const ExtensionPtr names(
      X509V3_EXT_nconf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str()));
  const std::unique_ptr<STACK_OF(X509_EXTENSION), FreeExtensions> all(sk_X509_EXTENSION_new_null());
  return names && all && sk_X509_EXTENSION_push(all.get(), names.get()) > 0 &&
         X509_REQ_add_extensions(request, all.get()) == 1;
}

std::string text_in(const BioPtr& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, size > 0 ? static_cast<size_t>(size) : 0};
}

}   // namespace

Result<KeyRequest> make_key_request(const std::string& name) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const RequestPtr request(X509_REQ_new());
  const BioPtr key_text(BIO_new(BIO_s_mem())), request_text(BIO_new(BIO_s_mem()));
  const bool made =
      key && request && key_text && request_text && X509_REQ_set_version(request.get(), 0) == 1 &&
      X509_REQ_set_pubkey(request.get(), key.get()) == 1 && add_name(request.get(), name) &&
      X509_REQ_sign(request.get(), key.get(), EVP_sha256()) > 0 &&
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
      PEM_write_bio_X509_REQ(request_text.get(), request.get()) == 1;
  if (!made) return fail("make a key and a request for " + name);
  return KeyRequest{text_in(key_text), text_in(request_text)};
}

}   // namespace sluice
