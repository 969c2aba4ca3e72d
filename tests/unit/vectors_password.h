/* Passwords that the real Better Auth (1.7.24) hashed, and what it refused. */
#ifndef TASKGATE_TESTS_VECTORS_PASSWORD_H
#define TASKGATE_TESTS_VECTORS_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#define VECTOR_BYTES(text) text, sizeof text - 1

static const struct {
    const char *what;
    const char *password;
    size_t len;
    const char *normal; /* in NFKC */
    size_t normal_len;
    const char *hash;
} vector_passwords[] = {
    {"ascii", VECTOR_BYTES("password123"), VECTOR_BYTES("password123"),
     "e733a254107e93459b879d43d6c087ee:"
     "6f6e2a603f5c5e95701c92deedad6d3210257b07e8a631c1ee0a1250fe207dc4"
     "67b353bc0dde99cd50d793f14c88f868f3bc0d7a6505c5593b328849c79812c2"},
    {"ascii with spaces", VECTOR_BYTES("correct horse battery staple"),
     VECTOR_BYTES("correct horse battery staple"),
     "e8bb984e668e9dac58f2722116a52344:"
     "e8fa33952450bdce53c7c70b6b235e1536a60bfc1e09685e70cca7623786827a"
     "933c4985278e3eefea8a022d5a4244428222181d8ea3d80fc75137664c7e297b"},
    {"min length 8", VECTOR_BYTES("abcdefgh"), VECTOR_BYTES("abcdefgh"),
     "04689cabfb3e25f8da9a4111ce21567a:"
     "2691aef9fdfe532182c26b0011f49aab63814e44a4743a64a5e86064eb8aa29a"
     "5449fcf8ca0f35203a38799f50b764e95f83ea8426bc765e291dd6fc432b0569"},
    {"max length 128",
     VECTOR_BYTES("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAbbbbbbbbbbbbbbbb"
                  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
     VECTOR_BYTES("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAbbbbbbbbbbbbbbbb"
                  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
     "c39b4b95592aa64509ed9775d3f3c353:"
     "b0774627cf5eff08ff3bf9c41cc32522d3d74bf444a38da50fe6b198bc516752"
     "a13bf0b14c91e5bdeb46def7e28dd70449c993be98cf9c9e0f3e42c96aa60794"},
    {"latin1 precomposed (NFC)",
     VECTOR_BYTES("p\xc3\xa4ssw\xc3\xb6rd \xc3\x9cn\xc3\xaf"
                  "code"),
     VECTOR_BYTES("p\xc3\xa4ssw\xc3\xb6rd \xc3\x9cn\xc3\xaf"
                  "code"),
     "baf20eec02b92c92a5daea3a493bf7b2:"
     "8b51699390f4c6a828262ce19151d58c0081c11c30185a06c23f95ea9f791a58"
     "d3339ad3add45595d4e1267d3f2e4777d0d409a451403c41e05b4e67bcbc61cd"},
    {"same, decomposed (NFD) - verifies against the NFC hash",
     VECTOR_BYTES("pa\xcc\x88sswo\xcc\x88rd U\xcc\x88ni\xcc\x88"
                  "code"),
     VECTOR_BYTES("p\xc3\xa4ssw\xc3\xb6rd \xc3\x9cn\xc3\xaf"
                  "code"),
     "2ee21e0641003f82d1e78ab3382c33b9:"
     "18f78fb774e1238260c6a6cef2761540fe882c44e428e95a39c44a30911fcc0b"
     "67f10f76536403bf5c60d51d65b1daee05613ad2be79141e81e13bad078adbfb"},
    {"ligature fi U+FB01 (NFKC folds to 'fi')", VECTOR_BYTES("\xef\xac\x81ne-print-\xef\xac\x81"),
     VECTOR_BYTES("fine-print-fi"),
     "adf898bedf3310a6e4111f78c8ccc931:"
     "d2524053b937ac5fcd3e2e427a36821f0b9e88324bfd033ad71eb83e756a3158"
     "81cf505342a3eeb3d92ce8ff32485e2c372f2651f639ed3c3702ef1724ddb1f6"},
    {"fullwidth digits/letters (NFKC folds to ASCII)",
     VECTOR_BYTES("\xef\xbc\xa1\xef\xbc\xa2\xef\xbc\xa3\xef\xbc\x91\xef\xbc\x92\xef\xbc\x93\xef\xbc"
                  "\x94\xef\xbc\x95"),
     VECTOR_BYTES("ABC12345"),
     "e40b7e9234272d7ae681ea5409b1fbd2:"
     "5ef81fa1685b4312901de568fdc71a2b916fb8fc0eb2af7d3e42a280a087d15c"
     "638099a6530b4006963d425fda1c93f231727b984b207b11be1bdb0d8f359f48"},
    {"angstrom sign U+212B", VECTOR_BYTES("\xe2\x84\xabngstr\xc3\xb6m-unit"),
     VECTOR_BYTES("\xc3\x85ngstr\xc3\xb6m-unit"),
     "99bc25ace512e2ae2ec74e85600c4330:"
     "7aca920d1120e23c535a84115be5380fdc5d5d6334bafb28a16230c998e29146"
     "e6ac2123ca10d323b8facc257af2a495e7eaec26fe1d9fa9d492689e1604048d"},
    {"japanese halfwidth katakana",
     VECTOR_BYTES("\xef\xbe\x8a\xef\xbe\x9f\xef\xbd\xbd\xef\xbe\x9c\xef\xbd\xb0\xef\xbe\x84\xef\xbe"
                  "\x9e\xef\xbe\x8a\xef\xbe\x9f\xef\xbd\xbd"),
     VECTOR_BYTES(
         "\xe3\x83\x91\xe3\x82\xb9\xe3\x83\xaf\xe3\x83\xbc\xe3\x83\x89\xe3\x83\x91\xe3\x82\xb9"),
     "79e7e5aebd3d983b26114de6b5e66aed:"
     "8d7f5aab82a7c15cefa868082b71ffabbd35a80fd75f1999af8b983504f5f360"
     "f1a73706cb37895df00bb7d2a192946e5f7124ddd0cd6a3e049e01cc718ac11d"},
    {"korean conjoining jamo",
     VECTOR_BYTES("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80\xe1\x85\xb3\xe1\x86\xaf\xe1\x84"
                  "\x92\xe1\x85\xa1\xe1\x86\xab"),
     VECTOR_BYTES("\xed\x95\x9c\xea\xb8\x80\xed\x95\x9c"),
     "4ac756cc78d226a532e0449c52da88c6:"
     "d56fe216d5a336349e37678728d1e234aff80a4d18bca258c92f7bcac322b818"
     "3bc6b5372e437f7a6d0dab64d5c5ef71c2b865f46e64c6b955e23e9ea7e6ae6d"},
    {"emoji (4 code points, 8 UTF-16 units)",
     VECTOR_BYTES("\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"),
     VECTOR_BYTES("\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"),
     "b7f6042c4ce6146a34f562fb8d8f1387:"
     "3a10d58195ddc5971632c03f258be7ea4bddacb458315af2a4902ce32ecb7c2a"
     "7c384db84a14d009f010c2c006f957bb235b63e631d8c9799f4cc261d96fc192"},
    {"arabic presentation forms",
     VECTOR_BYTES("\xef\xbb\xbb\xef\xbb\x9f\xef\xba\x8e\xef\xba\x8e\xef\xbb\xbb\xef\xbb\x9f\xef\xba"
                  "\x8e\xef\xba\x8e"),
     VECTOR_BYTES(
         "\xd9\x84\xd8\xa7\xd9\x84\xd8\xa7\xd8\xa7\xd9\x84\xd8\xa7\xd9\x84\xd8\xa7\xd8\xa7"),
     "f2bd4f8704258eb1afad35cff850f064:"
     "4f6e1ef30c136c9a168a4bb5289e77199a62fb70a964a3f13c8f87b3c979bbf8"
     "7323b3f8ff7e697e8da78251aa39cf35776981d30b38aa61627405d68fd631fe"},
    {"superscripts and roman numeral", VECTOR_BYTES("x\xc2\xb2y\xc2\xb3z\xc2\xb9\xe2\x85\xa7-pass"),
     VECTOR_BYTES("x2y3z1VIII-pass"),
     "cf166576c7126c5477fe771f37389c23:"
     "56e02fe222c5591589e5948a87e73719fdde58d10208622d1f044e56ccaeb85b"
     "3e7d0e9c01b9a81875e9b90a0bf7ba25ad687bd2191c7b491899b1b605b16866"},
    {"embedded NUL",
     VECTOR_BYTES("abcd\x00"
                  "efgh"),
     VECTOR_BYTES("abcd\x00"
                  "efgh"),
     "1a435a487d79f74efaf46a24085f98fb:"
     "0788c1427775e812e1de00e5228a519359b89edddd9f18c51e097561e6d4c2e4"
     "e9ccf70e4ef3d5f1e928e8910c7a937eeb3a5c0044c32a85970d5b1444b12a30"},
    {"quotes and backslashes", VECTOR_BYTES("\"'\\/<>&\x09|pw"), VECTOR_BYTES("\"'\\/<>&\x09|pw"),
     "78615be98c8e236f12d0f6b487442498:"
     "72bb6bbda4e7de50a7d3c24439ca4a7a8f482889115ea54cde33188b9350f681"
     "26f584f3479b473ff6da51be9b156d94b6d816c2d6fcb7c43021ea19f127c10e"},
};

static const struct {
    const char *hash;
    const char *password;
} vector_wrong_passwords[] = {
    {"e733a254107e93459b879d43d6c087ee:"
     "6f6e2a603f5c5e95701c92deedad6d3210257b07e8a631c1ee0a1250fe207dc4"
     "67b353bc0dde99cd50d793f14c88f868f3bc0d7a6505c5593b328849c79812c2",
     "password124"},
    {"e733a254107e93459b879d43d6c087ee:"
     "6f6e2a603f5c5e95701c92deedad6d3210257b07e8a631c1ee0a1250fe207dc4"
     "67b353bc0dde99cd50d793f14c88f868f3bc0d7a6505c5593b328849c79812c2",
     "password123 "},
    {"e733a254107e93459b879d43d6c087ee:"
     "6f6e2a603f5c5e95701c92deedad6d3210257b07e8a631c1ee0a1250fe207dc4"
     "67b353bc0dde99cd50d793f14c88f868f3bc0d7a6505c5593b328849c79812c2",
     "Password123"},
};

/* The parameters, as they are told. */
#define VECTOR_SCRYPT_N      16384
#define VECTOR_SCRYPT_R      16
#define VECTOR_SCRYPT_P      1
#define VECTOR_SCRYPT_LENGTH 64
#define VECTOR_SCRYPT_MEMORY 33554432

/* What may be signed up with, 8 to 128 UTF-16 code units: 0, or the limit that is broken. */
static const struct {
    const char *piece;
    int times;
    enum { VECTOR_LENGTH_GOOD, VECTOR_TOO_SHORT, VECTOR_TOO_LONG } result;
} vector_password_lengths[] = {
    {"\xf0\x9f\x98\x80", 4, VECTOR_LENGTH_GOOD}, {"\xf0\x9f\x98\x80", 3, VECTOR_TOO_SHORT},
    {"\xc3\xa9", 7, VECTOR_TOO_SHORT},           {"\xc3\xa9", 128, VECTOR_LENGTH_GOOD},
    {"\xf0\x9f\x98\x80", 65, VECTOR_TOO_LONG},
};

#endif
