/* Values that the real Better Auth (1.7.24) and jose made: the server must agree with them. */
#ifndef TASKGATE_TESTS_VECTORS_H
#define TASKGATE_TESTS_VECTORS_H

#include "base/err.h"

#define VECTOR_SECRET "Z5Cyyp4mfNtyi0j0YDF_Rgq029FvAqCHuHbYK1sCr10"
#define VECTOR_USER   "vFpb1uliYBhS7yGzkICbgnoBtsJm3geS"
#define VECTOR_EMAIL  "vector.233a0fc15b84@example.com"
/* A time between the iat and the exp of the tokens, ms. */
#define VECTOR_NOW INT64_C(1795100000000)

/* JWTs signed with the secret, and what token_verify answers. Where jose leaves it to the caller,
   the contract decides: exp is required and an integer, iss and aud are right where present. */
static const struct {
    const char *what;
    enum err answer;
    const char *token;
} vector_tokens[] = {
    {"sub", ERR_OK,
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5"
     "jb20iLCJuYW1lIjoiVmVjdG9yIFVzZXIiLCJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyI"
     "sImlhdCI6MTc5NTAwMDAwMCwiZXhwIjo0MTAyNDQ0ODAwfQ.qG6ioiI2gehOkkKQqClbAh8JJac7Nu7dVz9Rev1G"
     "Pn4"},
    {"userId", ERR_OK,
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5"
     "jb20iLCJuYW1lIjoiVmVjdG9yIFVzZXIiLCJ1c2VySWQiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2d"
     "lUyIsImlhdCI6MTc5NTAwMDAwMCwiZXhwIjo0MTAyNDQ0ODAwfQ.P44GDvOq0lM2GyidzFfjzMbBRuIuUq3hgvoy"
     "RceGBOI"},
    {"user_id", ERR_OK,
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5"
     "jb20iLCJuYW1lIjoiVmVjdG9yIFVzZXIiLCJ1c2VyX2lkIjoidkZwYjF1bGlZQmhTN3lHemtJQ2Jnbm9CdHNKbTN"
     "nZVMiLCJpYXQiOjE3OTUwMDAwMDAsImV4cCI6NDEwMjQ0NDgwMH0.UnSvtpZ4oRBiJJpKq4fca5Arbu16g5HY-hv"
     "j2EeiZIU"},
    {"id only", ERR_TOKEN_NO_USER,
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5"
     "jb20iLCJuYW1lIjoiVmVjdG9yIFVzZXIiLCJpZCI6InZGcGIxdWxpWUJoUzd5R3prSUNiZ25vQnRzSm0zZ2VTIiw"
     "iaWF0IjoxNzk1MDAwMDAwLCJleHAiOjQxMDI0NDQ4MDB9.-ai-vgLUZe1_Kqizc1zyiseNVVnWtLRZV-1bX_cDZs"
     "o"},
    {"iss better-auth + aud fastapi-backend", ERR_OK,
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5"
     "jb20iLCJuYW1lIjoiVmVjdG9yIFVzZXIiLCJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyI"
     "sImlzcyI6ImJldHRlci1hdXRoIiwiYXVkIjoiZmFzdGFwaS1iYWNrZW5kIiwiaWF0IjoxNzk1MDAwMDAwLCJleHA"
     "iOjQxMDI0NDQ4MDB9.6agkfpPpqkD-DihiOhk9iTKqOSuNVcsAooHllbHOfrQ"},
    {"iss better-auth + aud array", ERR_OK,
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5"
     "jb20iLCJuYW1lIjoiVmVjdG9yIFVzZXIiLCJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyI"
     "sImlzcyI6ImJldHRlci1hdXRoIiwiYXVkIjpbImZhc3RhcGktYmFja2VuZCIsIm90aGVyIl0sImlhdCI6MTc5NTA"
     "wMDAwMCwiZXhwIjo0MTAyNDQ0ODAwfQ.IYt-SU_Me3FW79n2EV-8D_dIslh8zfsmxG7CVHN_i98"},
    {"wrong aud", ERR_TOKEN_INVALID,
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5"
     "jb20iLCJuYW1lIjoiVmVjdG9yIFVzZXIiLCJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyI"
     "sImlzcyI6ImJldHRlci1hdXRoIiwiYXVkIjoic29tZW9uZS1lbHNlIiwiaWF0IjoxNzk1MDAwMDAwLCJleHAiOjQ"
     "xMDI0NDQ4MDB9.GVuQUxCqNw2wljwkebfHS3QkGYJAoshpt7ii5piYJns"},
    {"wrong iss", ERR_TOKEN_INVALID,
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5"
     "jb20iLCJuYW1lIjoiVmVjdG9yIFVzZXIiLCJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyI"
     "sImlzcyI6ImV2aWwiLCJhdWQiOiJmYXN0YXBpLWJhY2tlbmQiLCJpYXQiOjE3OTUwMDAwMDAsImV4cCI6NDEwMjQ"
     "0NDgwMH0.Lv72QqDvgvS6S86Il-qcl6HaLcaanaXKcux6g56Ee_s"},
    {"sub and userId disagree", ERR_TOKEN_INVALID,
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5"
     "jb20iLCJuYW1lIjoiVmVjdG9yIFVzZXIiLCJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyI"
     "sInVzZXJJZCI6InNvbWVvbmUtZWxzZSIsImlhdCI6MTc5NTAwMDAwMCwiZXhwIjo0MTAyNDQ0ODAwfQ.xxlc-ej0"
     "M-Cxs3Ed0HuoerlKQLMghk2tKid8LiaMWtg"},
    {"no subject claim at all", ERR_TOKEN_NO_USER,
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5"
     "jb20iLCJuYW1lIjoiVmVjdG9yIFVzZXIiLCJpYXQiOjE3OTUwMDAwMDAsImV4cCI6NDEwMjQ0NDgwMH0.mvCkLSm"
     "eJJLx-FUWJUaB_sbPxCB763bxz5hZzcP6C3A"},
    {"expired", ERR_TOKEN_EXPIRED,
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5"
     "jb20iLCJuYW1lIjoiVmVjdG9yIFVzZXIiLCJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyI"
     "sImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAwOTAwfQ.MnFzoCbwNdiXd1m0o618APupR2a7BCBD0VVac4XK"
     "KcY"},
    {"wrong secret", ERR_TOKEN_INVALID,
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5"
     "jb20iLCJuYW1lIjoiVmVjdG9yIFVzZXIiLCJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyI"
     "sImlhdCI6MTc5NTAwMDAwMCwiZXhwIjo0MTAyNDQ0ODAwfQ.8qYPcZz66BXLVHx1aP_r_1yysFbHdS7cqDX4jTXW"
     "xME"},
    {"alg none", ERR_TOKEN_INVALID,
     "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5jb20iLCJuYW1lIjoi"
     "VmVjdG9yIFVzZXIiLCJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImlhdCI6MTc5NTAw"
     "MDAwMCwiZXhwIjo0MTAyNDQ0ODAwfQ."},
    {"nbf in the future", ERR_TOKEN_INVALID,
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5"
     "jb20iLCJuYW1lIjoiVmVjdG9yIFVzZXIiLCJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyI"
     "sImlhdCI6MTc5NTAwMDAwMCwiZXhwIjo0MTAyNDQ0ODAwLCJuYmYiOjQxMDI0NDQ3MDB9.c2qloCu1wi-KQG6cS4"
     "gzMpWA-FARESeoUNR_kUQqHQY"},
    {"missing exp", ERR_TOKEN_INVALID,
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5"
     "jb20iLCJuYW1lIjoiVmVjdG9yIFVzZXIiLCJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyI"
     "sImlhdCI6MTc5NTAwMDAwMH0.YYzhApVfdB-6qRIfYGFD14ajMHoYMV9TWkFFzo2piG4"},
    {"HS512 with the same secret", ERR_TOKEN_INVALID,
     "eyJhbGciOiJIUzUxMiJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5jb20iLCJuYW1lIjo"
     "iVmVjdG9yIFVzZXIiLCJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImlhdCI6MTc5NTA"
     "wMDAwMCwiZXhwIjo0MTAyNDQ0ODAwfQ.1KcmbwTI85-oTPGjCN1pCRW5MxUBlzCUhdenGAu8tbzaVyNUpCtK1TLp"
     "nAlX_Ll90LdkEbTMbRPM6S2qxruw_Q"},
    {"exp as string", ERR_TOKEN_INVALID,
     "eyJhbGciOiJIUzI1NiJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5jb20iLCJuYW1lIjo"
     "iVmVjdG9yIFVzZXIiLCJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImV4cCI6IjQxMDI"
     "0NDQ4MDAifQ.u30I8R7g8b5HUpAKk08dWLlaaTdWGJr5kCo33ug0Nqk"},
    {"fractional exp", ERR_TOKEN_INVALID,
     "eyJhbGciOiJIUzI1NiJ9.eyJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5jb20iLCJuYW1lIjo"
     "iVmVjdG9yIFVzZXIiLCJzdWIiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImV4cCI6NDEwMjQ"
     "0NDgwMC41fQ.ziw2iy7FXOn6LY2BpGp5CogeIY4r1cuxaRSyKRHwW10"},
};

/* Session cookies: the value, and how it is written on the wire. */
static const struct {
    const char *value;
    const char *wire;
    const char *plain;
} vector_cookies[] = {
    {"X8OqLtF9euxycFghBdcw9WG2SOz5LqJb",
     "X8OqLtF9euxycFghBdcw9WG2SOz5LqJb.Wl9rj4OzviZ5TxI2o%2BwrhEqxXG%2BOWxc7aKh52kwK7hQ%3D",
     "X8OqLtF9euxycFghBdcw9WG2SOz5LqJb.Wl9rj4OzviZ5TxI2o+wrhEqxXG+OWxc7aKh52kwK7hQ="},
    {"z20W2Qb1bJBylcX9fI7v0a8GSDlBhUAJ",
     "z20W2Qb1bJBylcX9fI7v0a8GSDlBhUAJ.5GOzjCBs9%2FMpvVDw5MyPr5qmIB3NAWEfPrjDI%2BnRq9k%3D",
     "z20W2Qb1bJBylcX9fI7v0a8GSDlBhUAJ.5GOzjCBs9/MpvVDw5MyPr5qmIB3NAWEfPrjDI+nRq9k="},
    {"0ippsVhHkxmlvHHmiO03s62Wp98eUkqW",
     "0ippsVhHkxmlvHHmiO03s62Wp98eUkqW.EotCwbzB2ZVZPqOkYk0%2Fbtv99ABwh0m8ZD%2BiPy409X0%3D",
     "0ippsVhHkxmlvHHmiO03s62Wp98eUkqW.EotCwbzB2ZVZPqOkYk0/btv99ABwh0m8ZD+iPy409X0="},
    {"oQLIDmnYUYvEOwUSJPBFf30qMbpaSwyw",
     "oQLIDmnYUYvEOwUSJPBFf30qMbpaSwyw.Rs%2BWFl0KWyP%2FKS%2FoxEDklfCvFo1ED1KI4VGsId5wrik%3D",
     "oQLIDmnYUYvEOwUSJPBFf30qMbpaSwyw.Rs+WFl0KWyP/KS/oxEDklfCvFo1ED1KI4VGsId5wrik="},
    {"CuxT0EQUPWebAa2dII15w6OA1G4oQtfg",
     "CuxT0EQUPWebAa2dII15w6OA1G4oQtfg.gtIHXYG0D9YFghN1EzaS6clxtABZITFfHlg9ovAFNWE%3D",
     "CuxT0EQUPWebAa2dII15w6OA1G4oQtfg.gtIHXYG0D9YFghN1EzaS6clxtABZITFfHlg9ovAFNWE="},
    {"9OreyhXKEP065sKvfKSPu28m9qdTAp3W",
     "9OreyhXKEP065sKvfKSPu28m9qdTAp3W.ae6DFUj52x8pDS%2FZCl9ORmInLscuXbzrZowqA%2B0Na8s%3D",
     "9OreyhXKEP065sKvfKSPu28m9qdTAp3W.ae6DFUj52x8pDS/ZCl9ORmInLscuXbzrZowqA+0Na8s="},
    {"true", "true.C9mXD%2FQkXsNjOcA35JiD1yavC61sMDsd69ltizwgBwg%3D",
     "true.C9mXD/QkXsNjOcA35JiD1yavC61sMDsd69ltizwgBwg="},
};

/* Whole headers: of a session that the browser remembers, and of one that it does not. */
static const char vector_set_cookie[] =
    "Set-Cookie: better-auth.session_token="
    "X8OqLtF9euxycFghBdcw9WG2SOz5LqJb.Wl9rj4OzviZ5TxI2o%2BwrhEqxXG%2BOWxc7aKh52kwK7hQ%3D; "
    "Max-Age=604800; Path=/; HttpOnly; SameSite=Lax\r\n";
static const char vector_set_cookies_until_close[] =
    "Set-Cookie: better-auth.session_token="
    "G8aAqKDqaLyzZr9uzXLZGKK1QQCIMZHX.bu%2FwauSPfSHxM9x3tB6l6zFG7%2Bar%2BJlC%2BikIm9jQNVw%3D; "
    "Path=/; HttpOnly; SameSite=Lax\r\n"
    "Set-Cookie: better-auth.dont_remember="
    "true.C9mXD%2FQkXsNjOcA35JiD1yavC61sMDsd69ltizwgBwg%3D; "
    "Path=/; HttpOnly; SameSite=Lax\r\n";

static const struct {
    const char *why;
    const char *plain;
} vector_bad_cookies[] = {
    {"signature of another token",
     "X8OqLtF9euxycFghBdcw9WG2SOz5LqJb.5GOzjCBs9/MpvVDw5MyPr5qmIB3NAWEfPrjDI+nRq9k="},
    {"no signature", "X8OqLtF9euxycFghBdcw9WG2SOz5LqJb"},
    {"signature without padding",
     "X8OqLtF9euxycFghBdcw9WG2SOz5LqJb.Wl9rj4OzviZ5TxI2o+wrhEqxXG+OWxc7aKh52kwK7hQ"},
    {"base64url alphabet",
     "X8OqLtF9euxycFghBdcw9WG2SOz5LqJb.Wl9rj4OzviZ5TxI2o-wrhEqxXG-OWxc7aKh52kwK7hQ="},
    {"signed with another secret",
     "X8OqLtF9euxycFghBdcw9WG2SOz5LqJb.6fIcF5m29u/J52N8ZqFimuzDlb75m1qzfP+n/S8Mnwg="},
    {"empty token", ".F1Rn6tiSEn8t4gqBNHeYAg7GWkIUlhVY+qwGdTDIp5M="},
};

#endif
