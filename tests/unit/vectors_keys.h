/* Keys, encrypted texts and tokens that the real Better Auth (1.7.24) and jose made; secrets and
 * user as in vectors.h. */
#ifndef TASKGATE_TESTS_VECTORS_KEYS_H
#define TASKGATE_TESTS_VECTORS_KEYS_H

#include "base/err.h"

/* --- what is encrypted in the database, with VECTOR_SECRET --- */

/* The key of that: the SHA-256 of the secret. */
#define VECTOR_KEY_HEX "c4f702da8211e9da5bd519547b4db5fc387b273283414aa5519064e29af72d42"

static const struct {
    const char *text;
    const char *sealed;
} vector_sealed[] = {
    {"", "4ecca0bd8ec1b85186886d605b1eb4a37ee51b3565033ee9070b8d9657f89a608e16dbb9d1a06285"},
    {"a", "dd678d4687744c76c1c993c74275c318961c9174f7fc23b363bf500a57b41d0ebf1d3e542d2245e9fb"},
    {"hello w\xc3"
     "\xb6"
     "rld",
     "ee90dfe205c201458ee536caddec59806c28e647b676e8c7657b4950a0cf35936bcbf04e805d6f9554d229"
     "ae61a8afee275ac628"},
    {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
     "2a8906019690e284c2935d2e9c63fbdca959467696e53413f73bd697aef90fb8a418f8e6dcc3beae37c9ea"
     "60720f2d587c4c113fa6a5f51776dc98d599c756f0e6ba7596c7acdae36606873be4d53288082f9518d5b2"
     "2517419b0546a8e306917effdc1d03452eb3589f5eeb9ac74aafe8ac66a67b12da08f84b09225a13520f97"
     "28901e9585408a1977dc44cef997ccb37b808f5589dd4974a1fd9a2640ee01d0867d6fc44603edb79c61f1"
     "e022d34d0e9fb6b5656b524dbb22175dbeda80e132e1a6b8b52137938d7c898cf7ab6f3b035ce55058a783"
     "268fa6625f8b479b0487f6c2b350cf501a7c200b06960ec4ae458897d0be71c56425ae5f3d1534f9fafb1e"
     "b41bf9fe417933ee54d6355b379eacd6a10c2417d89658c4e8c7bf5446e6df7067a8938d553e01d07b658d"
     "3a34c337466d7ac985c4e4cee951523a94e19393b8d1b2238cd0c4473ba03fb9f7004f4d675e3f"},
};

/* With several secrets, of which VECTOR_SECRET is number 1. */
#define VECTOR_SECRET_2       "k3v3xwsc2pY-IDcKuViAGgEivcGVdDihnGkJcEReqyo"
#define VECTOR_VERSIONED_TEXT "versioned secret"
static const char vector_versioned[] =
    "$ba$2$f719b6352f6b4abe9edfc18fc5b2e3d07e4fd4768fa5b43b330df18c9a4e0af892cbafe113f357fc"
    "ebcf0e9257e81de63261d7208c75b756";

/* --- a row of the table jwks --- */

#define VECTOR_KID        "yVLoJQhyKOSTCKbByU4127HJ5Dr6i3Hl"
#define VECTOR_SEED_HEX   "3e1ae8cc2b6f967f25f1b464ad8bcddfaa0f212867b7c191149f45a01372a7fd"
#define VECTOR_PUBLIC_HEX "7c23faa8233778885d971472b106a0a8f36e3334ebd97e63c4d4b095bbee2257"
static const char vector_public_key[] =
    "{\"crv\":\"Ed25519\",\"x\":\"fCP6qCM3eIhdlxRysQagqPNuMzTr2X5jxNSwlbvuIlc\",\"kty\":\"O"
    "KP\"}";
static const char vector_private_key[] =
    "\"55ad88d3a863676311fe54c13f6f82edb148f0982e2291d51a395fa725b4effc89ce5cd614e2142a07d0"
    "19ba6a0db588016ff87b32054de22b54319f39e094473a3afaeabb6777fbbdecbd897c1fda0f2aec3ff077"
    "8c6b2ff315f50b3c318cbe1e173f83914e8249f26e14f72fac6d158d17b5d0919e32aebc557f6b4fc7cc4e"
    "f5b8187b1bc710f91f851f17946906090089e474ce53628cd1329944a3bb244ab7dd615da35e5cb0c4\"";
static const char vector_private_jwk[] =
    "{\"crv\":\"Ed25519\",\"d\":\"PhrozCtvln8l8bRkrYvN36oPIShnt8GRFJ9FoBNyp_0\",\"x\":\"fCP"
    "6qCM3eIhdlxRysQagqPNuMzTr2X5jxNSwlbvuIlc\",\"kty\":\"OKP\"}";

/* --- tokens signed with it --- */

#define VECTOR_ORIGIN "http://127.0.0.1:3110"
/* A second after the first token was made, ms. */
#define VECTOR_KEYS_NOW INT64_C(1795206458000)
/* The set, as /jwks gives it. */
static const char vector_jwks[] =
    "{\"keys\":[{\"alg\":\"EdDSA\",\"crv\":\"Ed25519\",\"x\":\"fCP6qCM3eIhdlxRysQagqPNuMzTr"
    "2X5jxNSwlbvuIlc\",\"kty\":\"OKP\",\"kid\":\"yVLoJQhyKOSTCKbByU4127HJ5Dr6i3Hl\"}]}";
/* The user of the first token; both times, ms. */
#define VECTOR_NAME      "Vector User"
#define VECTOR_USER_TIME INT64_C(1795206454301)

/* Where we are stricter than jose: base64url is canonical, without padding. */
static const struct {
    const char *what;
    enum err answer;
    const char *token;
} vector_eddsa_tokens[] = {
    {"issued by GET /token (15 minute life; evaluate at iat+1)", ERR_OK,
     "eyJhbGciOiJFZERTQSIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIn0.eyJpYXQiOj"
     "E3OTUyMDY0NTcsIm5hbWUiOiJWZWN0b3IgVXNlciIsImVtYWlsIjoidmVjdG9yLjIzM2EwZmMxNWI4NEBleGFt"
     "cGxlLmNvbSIsImVtYWlsVmVyaWZpZWQiOmZhbHNlLCJpbWFnZSI6bnVsbCwiY3JlYXRlZEF0IjoiMjAyNi0xMS"
     "0yMFQyMDoyNzozNC4zMDFaIiwidXBkYXRlZEF0IjoiMjAyNi0xMS0yMFQyMDoyNzozNC4zMDFaIiwiaWQiOiJ2"
     "RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsInN1YiI6InZGcGIxdWxpWUJoUzd5R3prSUNiZ25vQn"
     "RzSm0zZ2VTIiwiZXhwIjoxNzk1MjA3MzU3LCJpc3MiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAiLCJhdWQiOiJo"
     "dHRwOi8vMTI3LjAuMC4xOjMxMTAifQ.ASF3IVfgB7KhcaeAABf0oRIZeIIZl8b55r0iTJSzm1dNPDGwEImgGlX"
     "dcy0Vn3CdbLFhEUtOcjogR1Pis-8iDg"},
    {"issued by better-auth signJWT, exp in 2100", ERR_OK,
     "eyJhbGciOiJFZERTQSIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIn0.eyJzdWIiOi"
     "J2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImVtYWlsIjoidmVjdG9yLjIzM2EwZmMxNWI4NEBl"
     "eGFtcGxlLmNvbSIsImlhdCI6MTc5NTAwMDAwMCwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJodHRwOi8vMTI3Lj"
     "AuMC4xOjMxMTAiLCJhdWQiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAifQ.4GiZgfbVvaepCbxi29NZVzfnT2n-9"
     "VvXmQhXJ8z_aAhwdIL_yLb_OU6xLmX1xogNTLeWFenNqVrvUz_Ay1-iDQ"},
    {"audience array containing the expected one", ERR_OK,
     "eyJhbGciOiJFZERTQSIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIn0.eyJzdWIiOi"
     "J2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImV4cCI6NDEwMjQ0NDgwMCwiYXVkIjpbImh0dHA6"
     "Ly8xMjcuMC4wLjE6MzExMCIsImh0dHBzOi8vb3RoZXIuZXhhbXBsZSJdLCJpc3MiOiJodHRwOi8vMTI3LjAuMC"
     "4xOjMxMTAifQ.OLQPfxUTpc8xtVkI92y6oAvZ3KySiTurV8i7x_sXuHqrf2DVZ-sPGy1KKTXHMa_zkfy0z98mp"
     "RYGWQ4vYQ7wBA"},
    {"no sub (signature fine; better-auth verifyJWT additionally rejects it)", ERR_TOKEN_NO_USER,
     "eyJhbGciOiJFZERTQSIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIn0.eyJleHAiOj"
     "QxMDI0NDQ4MDAsImlzcyI6Imh0dHA6Ly8xMjcuMC4wLjE6MzExMCIsImF1ZCI6Imh0dHA6Ly8xMjcuMC4wLjE6"
     "MzExMCJ9.XNAaFwqgdKoYcocZr-zfIH-2n51padrEaqRa3qbNpE_az2zcuZwxtJIwDMFAcEJon8kvh4rmxQ79D"
     "I7SN4_SBg"},
    {"expired", ERR_TOKEN_EXPIRED,
     "eyJhbGciOiJFZERTQSIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIn0.eyJzdWIiOi"
     "J2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAw"
     "OTAwLCJpc3MiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAiLCJhdWQiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAifQ"
     ".VJG4c5M2nzw_AHDSDT6WdN1BzoEXvCajtF6zaY1yvVZFq0vEcxLJtZpQxNSoocW4qsdu8V1gDQey-hLJRCGVB"
     "g"},
    {"wrong issuer", ERR_TOKEN_INVALID,
     "eyJhbGciOiJFZERTQSIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIn0.eyJzdWIiOi"
     "J2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImV4cCI6NDEwMjQ0NDgwMCwiaXNzIjoiaHR0cHM6"
     "Ly9ldmlsLmV4YW1wbGUiLCJhdWQiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAifQ.k2njfWuOZjQQKjWkdkfhcrj"
     "em7FBCt-mctePmS-yj4gWg23C0MYG692w_eZG1vZkIGllJVKQdqpgXVlBGtNADQ"},
    {"wrong audience", ERR_TOKEN_INVALID,
     "eyJhbGciOiJFZERTQSIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIn0.eyJzdWIiOi"
     "J2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImV4cCI6NDEwMjQ0NDgwMCwiYXVkIjoiaHR0cHM6"
     "Ly9vdGhlci5leGFtcGxlIiwiaXNzIjoiaHR0cDovLzEyNy4wLjAuMTozMTEwIn0.t4iO8BuRmHovBi0f9cM5A2"
     "ZHGJ9p8tYLoZFOnAR1qaMUVVlBFq-Zw8pLcpZouBv8FkUodyFu5NLOciXECagMDw"},
    {"nbf in the future", ERR_TOKEN_INVALID,
     "eyJhbGciOiJFZERTQSIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIn0.eyJzdWIiOi"
     "J2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImV4cCI6NDEwMjQ0NDgwMCwibmJmIjo0MTAyNDQ0"
     "NzkwLCJpc3MiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAiLCJhdWQiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAifQ"
     ".9QtpFjiebupWbhcuRkztczkoifI_S9Ec9koZavo0fe9GBNrIIiZrb6a7JTqIGS_k_pStWwBnPh672HH66EIMD"
     "g"},
    {"signature byte changed", ERR_TOKEN_INVALID,
     "eyJhbGciOiJFZERTQSIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIn0.eyJzdWIiOi"
     "J2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImVtYWlsIjoidmVjdG9yLjIzM2EwZmMxNWI4NEBl"
     "eGFtcGxlLmNvbSIsImlhdCI6MTc5NTAwMDAwMCwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJodHRwOi8vMTI3Lj"
     "AuMC4xOjMxMTAiLCJhdWQiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAifQ.4GiZgfbVvaApCbxi29NZVzfnT2n-9"
     "VvXmQhXJ8z_aAhwdIL_yLb_OU6xLmX1xogNTLeWFenNqVrvUz_Ay1-iDQ"},
    {"payload changed", ERR_TOKEN_INVALID,
     "eyJhbGciOiJFZERTQSIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIn0.eyJzdWIiOi"
     "JhdHRhY2tlciIsImVtYWlsIjoidmVjdG9yLjIzM2EwZmMxNWI4NEBleGFtcGxlLmNvbSIsImlhdCI6MTc5NTAw"
     "MDAwMCwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAiLCJhdWQiOiJodHRwOi"
     "8vMTI3LjAuMC4xOjMxMTAifQ.4GiZgfbVvaepCbxi29NZVzfnT2n-9VvXmQhXJ8z_aAhwdIL_yLb_OU6xLmX1x"
     "ogNTLeWFenNqVrvUz_Ay1-iDQ"},
    {"right kid, signed by another key", ERR_TOKEN_INVALID,
     "eyJhbGciOiJFZERTQSIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIn0.eyJzdWIiOi"
     "J2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImlzcyI6Imh0dHA6Ly8xMjcuMC4wLjE6MzExMCIs"
     "ImF1ZCI6Imh0dHA6Ly8xMjcuMC4wLjE6MzExMCIsImV4cCI6NDEwMjQ0NDgwMH0.cwRQyYYssPCY938NcDD9zD"
     "eK_dKj6HsF90dhkGrY7RTn9A8Q6QFwNVh99ZfcKWSz10lx3MiVd6wXOPXjQJgoAA"},
    {"unknown kid", ERR_TOKEN_INVALID,
     "eyJhbGciOiJFZERTQSIsImtpZCI6Im5vc3VjaGtpZCJ9.eyJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub"
     "0J0c0ptM2dlUyIsImlzcyI6Imh0dHA6Ly8xMjcuMC4wLjE6MzExMCIsImF1ZCI6Imh0dHA6Ly8xMjcuMC4wLjE"
     "6MzExMCIsImV4cCI6NDEwMjQ0NDgwMH0.lPCbYVk6fojnsFZENZsAQQeMqyg0dEYKuR0AF9wcYHLs7_yvk52wH"
     "VtFxNK_5gbT2tge8xFPtsWscAC53byFBg"},
    {"alg confusion: HS256 keyed with raw public key bytes", ERR_TOKEN_INVALID,
     "eyJhbGciOiJIUzI1NiIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIn0.eyJzdWIiOi"
     "J2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImVtYWlsIjoidmVjdG9yLjIzM2EwZmMxNWI4NEBl"
     "eGFtcGxlLmNvbSIsImlhdCI6MTc5NTAwMDAwMCwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJodHRwOi8vMTI3Lj"
     "AuMC4xOjMxMTAiLCJhdWQiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAifQ.-uTYW7HJwKZa9xJC26lz1HiikNCUD"
     "SeRsfKnlNvXBwQ"},
    {"alg confusion: HS256 keyed with the shared secret", ERR_TOKEN_INVALID,
     "eyJhbGciOiJIUzI1NiIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIn0.eyJzdWIiOi"
     "J2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImVtYWlsIjoidmVjdG9yLjIzM2EwZmMxNWI4NEBl"
     "eGFtcGxlLmNvbSIsImlhdCI6MTc5NTAwMDAwMCwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJodHRwOi8vMTI3Lj"
     "AuMC4xOjMxMTAiLCJhdWQiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAifQ.oYHofQlbXiDJuEwZ18vECQqys50as"
     "2yriEojxw8sUuI"},
    {"alg none with kid", ERR_TOKEN_INVALID,
     "eyJhbGciOiJub25lIiwia2lkIjoieVZMb0pRaHlLT1NUQ0tiQnlVNDEyN0hKNURyNmkzSGwifQ.eyJzdWIiOiJ"
     "2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImVtYWlsIjoidmVjdG9yLjIzM2EwZmMxNWI4NEBle"
     "GFtcGxlLmNvbSIsImlhdCI6MTc5NTAwMDAwMCwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJodHRwOi8vMTI3LjA"
     "uMC4xOjMxMTAiLCJhdWQiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAifQ."},
    {"unsupported crit header", ERR_TOKEN_INVALID,
     "eyJhbGciOiJFZERTQSIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIiwiY3JpdCI6Wy"
     "J4Il0sIngiOjF9.eyJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImVtYWlsIjoidmV"
     "jdG9yLjIzM2EwZmMxNWI4NEBleGFtcGxlLmNvbSIsImlhdCI6MTc5NTAwMDAwMCwiZXhwIjo0MTAyNDQ0ODAwL"
     "CJpc3MiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAiLCJhdWQiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAifQ.69dT"
     "uZh4k786Bt75hZWRhtKBiMqpztQTZXbAI7ueKhxfZeATE794wr1OrGstRpYTp-iP2SA8kaS2lgsInuJFBA"},
    {"two segments only", ERR_TOKEN_INVALID,
     "eyJhbGciOiJFZERTQSIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIn0.eyJzdWIiOi"
     "J2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImVtYWlsIjoidmVjdG9yLjIzM2EwZmMxNWI4NEBl"
     "eGFtcGxlLmNvbSIsImlhdCI6MTc5NTAwMDAwMCwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJodHRwOi8vMTI3Lj"
     "AuMC4xOjMxMTAiLCJhdWQiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAifQ"},
    {"padded base64url signature", ERR_TOKEN_INVALID,
     "eyJhbGciOiJFZERTQSIsImtpZCI6InlWTG9KUWh5S09TVENLYkJ5VTQxMjdISjVEcjZpM0hsIn0.eyJzdWIiOi"
     "J2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImVtYWlsIjoidmVjdG9yLjIzM2EwZmMxNWI4NEBl"
     "eGFtcGxlLmNvbSIsImlhdCI6MTc5NTAwMDAwMCwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJodHRwOi8vMTI3Lj"
     "AuMC4xOjMxMTAiLCJhdWQiOiJodHRwOi8vMTI3LjAuMC4xOjMxMTAifQ.4GiZgfbVvaepCbxi29NZVzfnT2n-9"
     "VvXmQhXJ8z_aAhwdIL_yLb_OU6xLmX1xogNTLeWFenNqVrvUz_Ay1-iDQ=="},
};

/* --- another issuer: RS, PS and ES --- */

#define VECTOR_ISSUER   "https://issuer.example"
#define VECTOR_AUDIENCE "api.example"
static const char vector_issuer_jwks[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"3ZlFQiP3RS3cyde38jtdUWp1ISON74GvuvmAHMSWAN82VReqBu"
    "jLgqM2hWR6tIxSO7N1H6sONFeCeMu7QUA5qX8tlbVdgJW-5otOFGYrkBz2wfVEpJEwDNpaEFqg-MwIU7wE9sUv"
    "C-YI1iHWAd7TbLa1AdTws9NMvFKvfgR3NPZN9dnX2NPROc7WpA_ggGBUcHgG_Y9-CkLDAjCFpVc0ewEweF4wSE"
    "t3xfhtU1Xye2cxjVKn5BrI3uhPst0Vz_yUyQeC9MmhJ_nbLuW0_irg-t3ouYVdM_Iwgjze5CKMbcWhmVmZTpkt"
    "eOGhCu4RnxyN8s7Q1Vzz_HEBtLVXrQ-x7Q\",\"e\":\"AQAB\",\"kid\":\"k-rs256\",\"alg\":\"RS25"
    "6\",\"use\":\"sig\"},{\"kty\":\"RSA\",\"n\":\"v2twNTFPYUEPHiGPGxxdUDQals7hFK-pTSqFgGS9"
    "DxnQxuuw-h0B0CiqSt0FUN89TVuKqTS-7DVcchyQGxWlLNToFotlIqT63bxK9rRSTUHNo8B01mifuR0fUybPSR"
    "zZPLU23kvOxbW18VNcPC_Cz4aoFFi8-8enc63YYM_Sdvl0cEvRReOBVHRXls6iiFlqNpdxOGvGcgb4lDlORSQ_"
    "MBrYK51OXzXExjaU8D1iuBBC2QABJEAUeBrskyPjOIGS86i0RucKrSBX-Fqzphs4oSMZQIR6Wt1JWP9BeMHUjd"
    "B7HNrzDXfftzqvnWTeqTpiI78euzrSAqtdzMX_cdlVww\",\"e\":\"AQAB\",\"kid\":\"k-rs384\",\"al"
    "g\":\"RS384\",\"use\":\"sig\"},{\"kty\":\"RSA\",\"n\":\"z2S4VmfpSxxOXv5jN7NClCmpPHYoIG"
    "3QeW3BRxqWJ_paqcLI-atC8TDfkvMK54cbkD8_Hl7AACXXqaVgXVF0tT_020nu17Aw79Q5eqKZ_7BfN2Y1WBQq"
    "S5o-YGraYCVcZzESKWTXTuwRyRc8KA0euTHTwJi_p4Vfxg8L6w66FMMhttbXvXGcfYAVExUvUY2UgWeO0ihzE7"
    "fpApmtsC7w3QwivoSD7yy7z0LV1LETPY6Bf1OayjhWSZfoIAfelaK6OJQI2oxKKSDO3gr5xsq-TjiQ8bXv87v5"
    "s9ytE5VIkL7pvtDDw5yF2g6Hl-8fkpAZNVeI-2SYAgkXZIt9mR0ewQ\",\"e\":\"AQAB\",\"kid\":\"k-rs"
    "512\",\"alg\":\"RS512\",\"use\":\"sig\"},{\"kty\":\"RSA\",\"n\":\"uLuV2Phjyt6urGo_2lvz"
    "p3JciqR-3uPFtAaRrP__6zK72lTVmACxpEBB9zikcIXZ7qyOFJpMn6N5dFjyUohbWcF6Ep4RwDMA_6dZP_AaUb"
    "YSO-puyyup9iWroKUMA7AYCxn_eG4xvTK8HxsfLytU-SGj7pjFf9-6vBXsvShKYA_Xb05I8JS2EiAURI9S-lCr"
    "itPjOD1DzPrawDrf1_OLZpCNHOmUxMcC2gb1iJq4vzKzpMq41v3g58ACq-UXwpIxLmF95gEhi3uxqj0ehrApMM"
    "Tmh-oeDF3zmVRxT3dTlVq01zeMy3x3MnSdAhCJRKcHQNUKohUXuezEClRnwDG5dQ\",\"e\":\"AQAB\",\"ki"
    "d\":\"k-ps256\",\"alg\":\"PS256\",\"use\":\"sig\"},{\"kty\":\"RSA\",\"n\":\"m40RZtbQUV"
    "Ej89IzKrNSnib1ihntZple04TF95Rj4mXizHZDb9xfyrCLkCWwDPWYDDukUB4W5tyDJ4zT4m5feUP_HSnPtYgo"
    "gEMv0MC70N793q8dJgiKe7UBb9o8wRw2uFagWwgGTnMc8AGPBFNvO-Jniy3wSCczed5zm6wFRJt7cICuTFrEaV"
    "QDYH7kzFOeceGKNAairUl40A3dKBua_warHE_ksNgBcSGdUxBlSzWPRQtfurFdU9OhnZ6_1F-dRt2Q52BbCi4Q"
    "W84tj2Y1Ppwz8Unl4ZemxRM-d9bsbSkzbXq8_oPEFjgtA5FOWfZOnyW-7Ish_8XNQ8pV_7UmFQ\",\"e\":\"A"
    "QAB\",\"kid\":\"k-ps384\",\"alg\":\"PS384\",\"use\":\"sig\"},{\"kty\":\"RSA\",\"n\":\""
    "2IlbmdJJxeTr3xu1PAF83fMhYpf6e5YSfPDImbBAkbh2BK6T1PT82TAkfPt3TGCcC7azRlkq3ZZsAwEWzCBfUD"
    "ctjyUdxwS_CFYfoxCsXlc0fclsggZX69gpBpV2dTI61GTiDKz9Xv3kyqgKEPUkxy3LoOoPA-vLrs42IOYRM7G8"
    "WW1t8cObgovYfxyRz3UkZA1LtzcRvitr1gctPR6Nmzaojc_YmnLjb5j-sWZPj8ex7BcUWX6Z8PsW9_JxfLwWkE"
    "diA2wNjZ945e0gy29-qnr7tUOIPbeGIe6YTtKZzimEpZ1ygPAiTFrcuN4iZVVx5HPMmbqc7lu3GKcPJ1_n-w\""
    ",\"e\":\"AQAB\",\"kid\":\"k-ps512\",\"alg\":\"PS512\",\"use\":\"sig\"},{\"kty\":\"EC\""
    ",\"x\":\"OTYkxetgGtH11tcSg6TmaqpmIWq4moLqh2HIpstV2Ow\",\"y\":\"9-0FKdGLVzEUHkFrF7T87om"
    "wdELAj5Zc5E8cf3yTJeU\",\"crv\":\"P-256\",\"kid\":\"k-es256\",\"alg\":\"ES256\",\"use\""
    ":\"sig\"},{\"kty\":\"EC\",\"x\":\"-jbtcFCeaBu-5JoT9aZpqHsD4XisNZ8aTZAvA12wYXz7S0K_BEdR"
    "w3AnOEQ_Aus0\",\"y\":\"80TfNdHbMIUjqLlN0Ru51g6iGpjlp31I_EJL3LDC6JWHbHY0HPYmAhLRYPT7iKZ"
    "O\",\"crv\":\"P-384\",\"kid\":\"k-es384\",\"alg\":\"ES384\",\"use\":\"sig\"},{\"kty\":"
    "\"EC\",\"x\":\"AKpD0M-PeIzFL-vdUY2MAO1unQ0wHkmCczjVJxuyK2G3ZJFpyMKEzfbi29lT7HXz5LILlrk"
    "eV6EOzcW6XXA2sLYh\",\"y\":\"AYujswJhILStXpMxBnMsHQeQiBJooIsfGzMBBUs9Sqk42UtWsPUi5i35Ee"
    "bI677xOB1g8vqlh58VxFvgmoF8JsZQ\",\"crv\":\"P-521\",\"kid\":\"k-es512\",\"alg\":\"ES512"
    "\",\"use\":\"sig\"}]}";

static const struct {
    const char *what;
    enum err answer;
    const char *token;
} vector_issuer_tokens[] = {
    {"RS256: valid", ERR_OK,
     "eyJhbGciOiJSUzI1NiIsImtpZCI6ImstcnMyNTYiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJ2RnBiMXVsaVlCaFM"
     "3eUd6a0lDYmdub0J0c0ptM2dlUyIsImlhdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhb"
     "XBsZSIsImF1ZCI6ImFwaS5leGFtcGxlIiwiZXhwIjo0MTAyNDQ0ODAwfQ.J4ZdsKNCq6OYFTZTwVbpPyHaiLQc"
     "lJa1jnUC9qlb1Aa-iGBy4P0IJZ3x9nRU-BR6r0MwteDdHX8Fcl40iv7q-I1GI_6B9svgO3B8bpGi0GKghomASo"
     "jXcYiK_CbYHaAYGIU0PkBMTkS8pa-psNRlDKA3wUeP_S47S8KhspK4t0J9DhDi_XJOfxSe0bdPdhx7kcJLfKpS"
     "a1Astynii1FkC7wAzXS9atr2YbG6fgFY-QG0zCCPNDvC3mok6FjmPUs14h_RlpYzBwMXz-nkL6AudmCxWoTQ4h"
     "sVtJIoG2qjq_FU7-GSLJ8vp3tn0QJiNG6RyPp7OK0BYWTHHrEvNUtWIw"},
    {"RS256: tampered payload", ERR_TOKEN_INVALID,
     "eyJhbGciOiJSUzI1NiIsImtpZCI6ImstcnMyNTYiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJhdHRhY2tlciIsIml"
     "hdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhbXBsZSIsImF1ZCI6ImFwaS5leGFtcGxlI"
     "iwiZXhwIjo0MTAyNDQ0ODAwfQ.J4ZdsKNCq6OYFTZTwVbpPyHaiLQclJa1jnUC9qlb1Aa-iGBy4P0IJZ3x9nRU"
     "-BR6r0MwteDdHX8Fcl40iv7q-I1GI_6B9svgO3B8bpGi0GKghomASojXcYiK_CbYHaAYGIU0PkBMTkS8pa-psN"
     "RlDKA3wUeP_S47S8KhspK4t0J9DhDi_XJOfxSe0bdPdhx7kcJLfKpSa1Astynii1FkC7wAzXS9atr2YbG6fgFY"
     "-QG0zCCPNDvC3mok6FjmPUs14h_RlpYzBwMXz-nkL6AudmCxWoTQ4hsVtJIoG2qjq_FU7-GSLJ8vp3tn0QJiNG"
     "6RyPp7OK0BYWTHHrEvNUtWIw"},
    {"RS384: valid", ERR_OK,
     "eyJhbGciOiJSUzM4NCIsImtpZCI6ImstcnMzODQiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJ2RnBiMXVsaVlCaFM"
     "3eUd6a0lDYmdub0J0c0ptM2dlUyIsImlhdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhb"
     "XBsZSIsImF1ZCI6ImFwaS5leGFtcGxlIiwiZXhwIjo0MTAyNDQ0ODAwfQ.bGTbhCv2CeG3MRIebhC4guccRw8I"
     "Gy_kIByf900EeLgvmRRK5jQrUj13mUKWcWMh-qvBDNF_9wMrZMWYywU1TnjNsj5rC56i53uRiNYMGXzhxUcRAG"
     "TOcF1oygex9B8Np-PjCEiCsXhsRqqVu_3YHZOkMpFcxmxavmTyWBZqtBMcM0WlDPC-GVgdiCod27cF46RtU729"
     "BEA2Kak6VjgcvZ8WkhrUvntNY43Yziw4kLbCsJnhfKx-vSibXKYYIYw-HHX6s8yr_5tVZ-jMJpIHwIC33bMZ0l"
     "nxHRcs-BCVnGeTz5nq2uF3WixVD83gWJe6oLoZDttrmRc6k31GxjeGjg"},
    {"RS384: tampered payload", ERR_TOKEN_INVALID,
     "eyJhbGciOiJSUzM4NCIsImtpZCI6ImstcnMzODQiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJhdHRhY2tlciIsIml"
     "hdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhbXBsZSIsImF1ZCI6ImFwaS5leGFtcGxlI"
     "iwiZXhwIjo0MTAyNDQ0ODAwfQ.bGTbhCv2CeG3MRIebhC4guccRw8IGy_kIByf900EeLgvmRRK5jQrUj13mUKW"
     "cWMh-qvBDNF_9wMrZMWYywU1TnjNsj5rC56i53uRiNYMGXzhxUcRAGTOcF1oygex9B8Np-PjCEiCsXhsRqqVu_"
     "3YHZOkMpFcxmxavmTyWBZqtBMcM0WlDPC-GVgdiCod27cF46RtU729BEA2Kak6VjgcvZ8WkhrUvntNY43Yziw4"
     "kLbCsJnhfKx-vSibXKYYIYw-HHX6s8yr_5tVZ-jMJpIHwIC33bMZ0lnxHRcs-BCVnGeTz5nq2uF3WixVD83gWJ"
     "e6oLoZDttrmRc6k31GxjeGjg"},
    {"RS512: valid", ERR_OK,
     "eyJhbGciOiJSUzUxMiIsImtpZCI6ImstcnM1MTIiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJ2RnBiMXVsaVlCaFM"
     "3eUd6a0lDYmdub0J0c0ptM2dlUyIsImlhdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhb"
     "XBsZSIsImF1ZCI6ImFwaS5leGFtcGxlIiwiZXhwIjo0MTAyNDQ0ODAwfQ.Oz19f15b-ugejUmgd9r1Ssmasldz"
     "BbKfR6AT78mwP6ynhVGREH8YxQ0EczjazQc3v-Yh1Bh5EoFBoKRpkH5Nea4LxJbcjxZu55A4dS7Hl5Px9Bx7E6"
     "ZOl2PWisMkQYuGepTyYO410X0WcH_NTGGE86dyOEqGa8CPxSA1P3APRJqo4NOXlWwTqUAyZ3JslNcTceB6N67o"
     "BfuS7hv2znaV4g9JKGoC4xTLDxMF3yXQCWq7ZhEhPeUrXXp0_UaUJIGNXDhfE5TIczq60YAxTXzZC_0_nBeu8B"
     "Jh5RYQa_4SnSlW5M__gFlXGYrxbXMGRU0m_BpSfA2MsTN_ozjeUBZL1A"},
    {"RS512: tampered payload", ERR_TOKEN_INVALID,
     "eyJhbGciOiJSUzUxMiIsImtpZCI6ImstcnM1MTIiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJhdHRhY2tlciIsIml"
     "hdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhbXBsZSIsImF1ZCI6ImFwaS5leGFtcGxlI"
     "iwiZXhwIjo0MTAyNDQ0ODAwfQ.Oz19f15b-ugejUmgd9r1SsmasldzBbKfR6AT78mwP6ynhVGREH8YxQ0Eczja"
     "zQc3v-Yh1Bh5EoFBoKRpkH5Nea4LxJbcjxZu55A4dS7Hl5Px9Bx7E6ZOl2PWisMkQYuGepTyYO410X0WcH_NTG"
     "GE86dyOEqGa8CPxSA1P3APRJqo4NOXlWwTqUAyZ3JslNcTceB6N67oBfuS7hv2znaV4g9JKGoC4xTLDxMF3yXQ"
     "CWq7ZhEhPeUrXXp0_UaUJIGNXDhfE5TIczq60YAxTXzZC_0_nBeu8BJh5RYQa_4SnSlW5M__gFlXGYrxbXMGRU"
     "0m_BpSfA2MsTN_ozjeUBZL1A"},
    {"PS256: valid", ERR_OK,
     "eyJhbGciOiJQUzI1NiIsImtpZCI6ImstcHMyNTYiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJ2RnBiMXVsaVlCaFM"
     "3eUd6a0lDYmdub0J0c0ptM2dlUyIsImlhdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhb"
     "XBsZSIsImF1ZCI6ImFwaS5leGFtcGxlIiwiZXhwIjo0MTAyNDQ0ODAwfQ.XGKfTUZnajr4tX5fegyV2jnATtUJ"
     "biSE_dppRGzdBipdIMnztv0lpjgpQygEvWMadKDsd0XNcDbAYcsQ78agWCq3mTwBpgffLwjvSy_6zFdAHzCe5C"
     "r1lxShxhIvNICh5orPhggO7Djqu5y5lpIZcKA_47u_MMjPYYVIMhLmpFeY60Jb5GMH3ZPwR8qcNXpoUvRKwIZq"
     "uIj-q9qWjxXlOlIv78A_WPEMnGyXZxtUx9ABU_UvH478VzUFNUy0t8lYhDEK5rXUvcVh6aIXy0BMYLSmWUmJSy"
     "1LjpaIed42jEJzAfDERiSJ5dozObInV8dRpK1MVFsN1w2NBr2GKl6zfA"},
    {"PS256: tampered payload", ERR_TOKEN_INVALID,
     "eyJhbGciOiJQUzI1NiIsImtpZCI6ImstcHMyNTYiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJhdHRhY2tlciIsIml"
     "hdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhbXBsZSIsImF1ZCI6ImFwaS5leGFtcGxlI"
     "iwiZXhwIjo0MTAyNDQ0ODAwfQ.XGKfTUZnajr4tX5fegyV2jnATtUJbiSE_dppRGzdBipdIMnztv0lpjgpQygE"
     "vWMadKDsd0XNcDbAYcsQ78agWCq3mTwBpgffLwjvSy_6zFdAHzCe5Cr1lxShxhIvNICh5orPhggO7Djqu5y5lp"
     "IZcKA_47u_MMjPYYVIMhLmpFeY60Jb5GMH3ZPwR8qcNXpoUvRKwIZquIj-q9qWjxXlOlIv78A_WPEMnGyXZxtU"
     "x9ABU_UvH478VzUFNUy0t8lYhDEK5rXUvcVh6aIXy0BMYLSmWUmJSy1LjpaIed42jEJzAfDERiSJ5dozObInV8"
     "dRpK1MVFsN1w2NBr2GKl6zfA"},
    {"PS384: valid", ERR_OK,
     "eyJhbGciOiJQUzM4NCIsImtpZCI6ImstcHMzODQiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJ2RnBiMXVsaVlCaFM"
     "3eUd6a0lDYmdub0J0c0ptM2dlUyIsImlhdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhb"
     "XBsZSIsImF1ZCI6ImFwaS5leGFtcGxlIiwiZXhwIjo0MTAyNDQ0ODAwfQ.JlvjMVdT5DoJsK-TN2f8uZHNeB_6"
     "EEgSanSLpqNof6uQMSccnzKB3ZCTxkeIaBwn59wM4jMpw72ivAl46iMAGdTpvpMZgJwR-1Reyw75A0u9Jggm4o"
     "qSX-pLVxIN4-8N7hi_Yr6pVVOhsIfLFJesrYbseMgRLxXAH7a8xGZchyS7lubc1dUroagRQvdYOf1zHw-sgCv7"
     "maMu1rnNfQmeAQTRd0x0-8aVbcBj5puhHw0d3Af8z3L7SUHCgywE5ucUdBmt8MNkRpzlRmayxKxVdUlZA8Aztu"
     "uOKZwDVf3ezFgPj9Rx4bUtWw1cUO0Vjrp-uxZOrQGoU2P7K4ROW9UbxQ"},
    {"PS384: tampered payload", ERR_TOKEN_INVALID,
     "eyJhbGciOiJQUzM4NCIsImtpZCI6ImstcHMzODQiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJhdHRhY2tlciIsIml"
     "hdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhbXBsZSIsImF1ZCI6ImFwaS5leGFtcGxlI"
     "iwiZXhwIjo0MTAyNDQ0ODAwfQ.JlvjMVdT5DoJsK-TN2f8uZHNeB_6EEgSanSLpqNof6uQMSccnzKB3ZCTxkeI"
     "aBwn59wM4jMpw72ivAl46iMAGdTpvpMZgJwR-1Reyw75A0u9Jggm4oqSX-pLVxIN4-8N7hi_Yr6pVVOhsIfLFJ"
     "esrYbseMgRLxXAH7a8xGZchyS7lubc1dUroagRQvdYOf1zHw-sgCv7maMu1rnNfQmeAQTRd0x0-8aVbcBj5puh"
     "Hw0d3Af8z3L7SUHCgywE5ucUdBmt8MNkRpzlRmayxKxVdUlZA8AztuuOKZwDVf3ezFgPj9Rx4bUtWw1cUO0Vjr"
     "p-uxZOrQGoU2P7K4ROW9UbxQ"},
    {"PS512: valid", ERR_OK,
     "eyJhbGciOiJQUzUxMiIsImtpZCI6ImstcHM1MTIiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJ2RnBiMXVsaVlCaFM"
     "3eUd6a0lDYmdub0J0c0ptM2dlUyIsImlhdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhb"
     "XBsZSIsImF1ZCI6ImFwaS5leGFtcGxlIiwiZXhwIjo0MTAyNDQ0ODAwfQ.u0leLveODlO5tObrrTKf_1fObiS9"
     "t6_JQnXh93zFS2xXF6CJXT14dlorYbBOgfMXuldc0ARqX4Ul7Lvg-1Gm807XQOWlJZetTrrIjfAJIGwSCGzjox"
     "k0u0RiBBo2eIT97MdN6sgn1RCNZfrVwbTlKp1UVksQZC5Bf-ZH_hqALlGFFQLbo3wAlzlrSGmtVw-GMtBuO-6g"
     "4JCSPJzppq8ifXAS_45eQeQJS8fYcbqsn5v1L3-pse_YlrPSwbL2hPf7fX_ma6-11riATcl6EYDkUoW01X1iRN"
     "li5r1r_deuyGVo7affUrt00aQR1x_xJNyYG1mm8eXCQmi_SOp9BN1nbw"},
    {"PS512: tampered payload", ERR_TOKEN_INVALID,
     "eyJhbGciOiJQUzUxMiIsImtpZCI6ImstcHM1MTIiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJhdHRhY2tlciIsIml"
     "hdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhbXBsZSIsImF1ZCI6ImFwaS5leGFtcGxlI"
     "iwiZXhwIjo0MTAyNDQ0ODAwfQ.u0leLveODlO5tObrrTKf_1fObiS9t6_JQnXh93zFS2xXF6CJXT14dlorYbBO"
     "gfMXuldc0ARqX4Ul7Lvg-1Gm807XQOWlJZetTrrIjfAJIGwSCGzjoxk0u0RiBBo2eIT97MdN6sgn1RCNZfrVwb"
     "TlKp1UVksQZC5Bf-ZH_hqALlGFFQLbo3wAlzlrSGmtVw-GMtBuO-6g4JCSPJzppq8ifXAS_45eQeQJS8fYcbqs"
     "n5v1L3-pse_YlrPSwbL2hPf7fX_ma6-11riATcl6EYDkUoW01X1iRNli5r1r_deuyGVo7affUrt00aQR1x_xJN"
     "yYG1mm8eXCQmi_SOp9BN1nbw"},
    {"ES256: valid", ERR_OK,
     "eyJhbGciOiJFUzI1NiIsImtpZCI6ImstZXMyNTYiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJ2RnBiMXVsaVlCaFM"
     "3eUd6a0lDYmdub0J0c0ptM2dlUyIsImlhdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhb"
     "XBsZSIsImF1ZCI6ImFwaS5leGFtcGxlIiwiZXhwIjo0MTAyNDQ0ODAwfQ.PFC4iwRbmwZSDeCN6zWYHYE5S4bG"
     "K2AHGG-AIsxmHSfRyD5V62rgAz65nywSMOD2lqeEeTN5yzEZ0TneSgdmqg"},
    {"ES256: tampered payload", ERR_TOKEN_INVALID,
     "eyJhbGciOiJFUzI1NiIsImtpZCI6ImstZXMyNTYiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJhdHRhY2tlciIsIml"
     "hdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhbXBsZSIsImF1ZCI6ImFwaS5leGFtcGxlI"
     "iwiZXhwIjo0MTAyNDQ0ODAwfQ.PFC4iwRbmwZSDeCN6zWYHYE5S4bGK2AHGG-AIsxmHSfRyD5V62rgAz65nywS"
     "MOD2lqeEeTN5yzEZ0TneSgdmqg"},
    {"ES384: valid", ERR_OK,
     "eyJhbGciOiJFUzM4NCIsImtpZCI6ImstZXMzODQiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJ2RnBiMXVsaVlCaFM"
     "3eUd6a0lDYmdub0J0c0ptM2dlUyIsImlhdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhb"
     "XBsZSIsImF1ZCI6ImFwaS5leGFtcGxlIiwiZXhwIjo0MTAyNDQ0ODAwfQ.PQpUWggmmQwsQz0pkhduGl46nc0K"
     "mYiMkJyysLrVJLtuS20OjefeUtB593WbbkB65tKlZxBYLi_25HGgngtjS9pPky8Fg-3IRWHw1Q8N6Wqe89RQvg"
     "Lj1D4rB3RXPHKM"},
    {"ES384: tampered payload", ERR_TOKEN_INVALID,
     "eyJhbGciOiJFUzM4NCIsImtpZCI6ImstZXMzODQiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJhdHRhY2tlciIsIml"
     "hdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhbXBsZSIsImF1ZCI6ImFwaS5leGFtcGxlI"
     "iwiZXhwIjo0MTAyNDQ0ODAwfQ.PQpUWggmmQwsQz0pkhduGl46nc0KmYiMkJyysLrVJLtuS20OjefeUtB593Wb"
     "bkB65tKlZxBYLi_25HGgngtjS9pPky8Fg-3IRWHw1Q8N6Wqe89RQvgLj1D4rB3RXPHKM"},
    {"ES512: valid", ERR_OK,
     "eyJhbGciOiJFUzUxMiIsImtpZCI6ImstZXM1MTIiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJ2RnBiMXVsaVlCaFM"
     "3eUd6a0lDYmdub0J0c0ptM2dlUyIsImlhdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhb"
     "XBsZSIsImF1ZCI6ImFwaS5leGFtcGxlIiwiZXhwIjo0MTAyNDQ0ODAwfQ.AGOYrn4f1VvQeejVGigZ8TUyuXGk"
     "1dLI3Q_15560-OXUaIMpcRn60nlSmeL8srEAkJ0aRNpfsXyKDwk5RiigPLrTAfGA_hWM9-mkWdObbIa8qYuXDI"
     "yqx5GypHq5GCxvbX9Vg73jXvNe6T6_0VSKLqqiUkcE2rFRODVvRPt6vUNKDcV_"},
    {"ES512: tampered payload", ERR_TOKEN_INVALID,
     "eyJhbGciOiJFUzUxMiIsImtpZCI6ImstZXM1MTIiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJhdHRhY2tlciIsIml"
     "hdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhbXBsZSIsImF1ZCI6ImFwaS5leGFtcGxlI"
     "iwiZXhwIjo0MTAyNDQ0ODAwfQ.AGOYrn4f1VvQeejVGigZ8TUyuXGk1dLI3Q_15560-OXUaIMpcRn60nlSmeL8"
     "srEAkJ0aRNpfsXyKDwk5RiigPLrTAfGA_hWM9-mkWdObbIa8qYuXDIyqx5GypHq5GCxvbX9Vg73jXvNe6T6_0V"
     "SKLqqiUkcE2rFRODVvRPt6vUNKDcV_"},
    {"RS256: header says PS256 but key is registered for RS256 and signature is RS256",
     ERR_TOKEN_INVALID,
     "eyJhbGciOiJQUzI1NiIsImtpZCI6ImstcnMyNTYiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJ2RnBiMXVsaVlCaFM"
     "3eUd6a0lDYmdub0J0c0ptM2dlUyIsImlhdCI6MTc5NTAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhb"
     "XBsZSIsImF1ZCI6ImFwaS5leGFtcGxlIiwiZXhwIjo0MTAyNDQ0ODAwfQ.J4ZdsKNCq6OYFTZTwVbpPyHaiLQc"
     "lJa1jnUC9qlb1Aa-iGBy4P0IJZ3x9nRU-BR6r0MwteDdHX8Fcl40iv7q-I1GI_6B9svgO3B8bpGi0GKghomASo"
     "jXcYiK_CbYHaAYGIU0PkBMTkS8pa-psNRlDKA3wUeP_S47S8KhspK4t0J9DhDi_XJOfxSe0bdPdhx7kcJLfKpS"
     "a1Astynii1FkC7wAzXS9atr2YbG6fgFY-QG0zCCPNDvC3mok6FjmPUs14h_RlpYzBwMXz-nkL6AudmCxWoTQ4h"
     "sVtJIoG2qjq_FU7-GSLJ8vp3tn0QJiNG6RyPp7OK0BYWTHHrEvNUtWIw"},
};

/* The token of a letter that verifies an address: HS256 with the secret. */
static const char vector_verify_email[] =
    "eyJhbGciOiJIUzI1NiJ9.eyJlbWFpbCI6InZlY3RvckBleGFtcGxlLmNvbSIsInVzZXJJZCI6InZGcGIxdWxpW"
    "UJoUzd5R3prSUNiZ25vQnRzSm0zZ2VTIiwiaWF0IjoxNzk1MDAwMDAwLCJleHAiOjQxMDI0NDQ4MDB9.sssQkh"
    "H8RmdAXGvFsB6BuiCkI03rI4MP9MW024SRVKs";

#endif
