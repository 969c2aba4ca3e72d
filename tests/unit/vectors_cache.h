/* The cookie caches that the real Better Auth (1.7.24) made for sessions of the vectors' user. */
#ifndef TASKGATE_TESTS_VECTORS_CACHE_H
#define TASKGATE_TESTS_VECTORS_CACHE_H

/* What the cookie is called, and what stands behind its value, of all three. */
#define VECTOR_CACHE_NAME       "better-auth.session_data="
#define VECTOR_CACHE_ATTRIBUTES "; Max-Age=300; Path=/; HttpOnly; SameSite=Lax"

/* How long they live, ms. */
#define VECTOR_CACHE_LIFE INT64_C(300000)

/* What was put in, when, and what came out. */
#define VECTOR_COMPACT_TIME  INT64_C(1795206457448)
#define VECTOR_COMPACT_TOKEN "5CzvQ2LfCoIg2HV7dUhJzyQ2iwmocf0x"
static const char vector_compact_members[] =
    "\"session\":{\"expiresAt\":\"2026-11-27T20:27:37.443Z\","
    "\"token\":\"5CzvQ2LfCoIg2HV7dUhJzyQ2iwmocf0x\",\"createdAt\":\"2026-11-20T20:27:37.444Z\","
    "\"updatedAt\":\"2026-11-20T20:27:37.444Z\",\"ipAddress\":\"\",\"userAgent\":\"node\","
    "\"userId\":\"vFpb1uliYBhS7yGzkICbgnoBtsJm3geS\","
    "\"id\":\"wtwTeiBkwfIa7UjSqXyiZHdgqmepbhsZ\"},\"user\":{\"name\":\"Vector User\","
    "\"email\":\"vector.233a0fc15b84@example.com\",\"emailVerified\":false,\"image\":null,"
    "\"createdAt\":\"2026-11-20T20:27:34.301Z\",\"updatedAt\":\"2026-11-20T20:27:34.301Z\","
    "\"id\":\"vFpb1uliYBhS7yGzkICbgnoBtsJm3geS\"}";
static const char vector_compact[] =
    "eyJzZXNzaW9uIjp7InNlc3Npb24iOnsiZXhwaXJlc0F0IjoiMjAyNi0xMS0yN1QyMDoyNzozNy40NDNaIiwidG9r"
    "ZW4iOiI1Q3p2UTJMZkNvSWcySFY3ZFVoSnp5UTJpd21vY2YweCIsImNyZWF0ZWRBdCI6IjIwMjYtMTEtMjBUMjA6"
    "Mjc6MzcuNDQ0WiIsInVwZGF0ZWRBdCI6IjIwMjYtMTEtMjBUMjA6Mjc6MzcuNDQ0WiIsImlwQWRkcmVzcyI6IiIs"
    "InVzZXJBZ2VudCI6Im5vZGUiLCJ1c2VySWQiOiJ2RnBiMXVsaVlCaFM3eUd6a0lDYmdub0J0c0ptM2dlUyIsImlk"
    "Ijoid3R3VGVpQmt3ZklhN1VqU3FYeWlaSGRncW1lcGJoc1oifSwidXNlciI6eyJuYW1lIjoiVmVjdG9yIFVzZXIi"
    "LCJlbWFpbCI6InZlY3Rvci4yMzNhMGZjMTViODRAZXhhbXBsZS5jb20iLCJlbWFpbFZlcmlmaWVkIjpmYWxzZSwi"
    "aW1hZ2UiOm51bGwsImNyZWF0ZWRBdCI6IjIwMjYtMTEtMjBUMjA6Mjc6MzQuMzAxWiIsInVwZGF0ZWRBdCI6IjIw"
    "MjYtMTEtMjBUMjA6Mjc6MzQuMzAxWiIsImlkIjoidkZwYjF1bGlZQmhTN3lHemtJQ2Jnbm9CdHNKbTNnZVMifSwi"
    "dXBkYXRlZEF0IjoxNzk1MjA2NDU3NDQ4LCJ2ZXJzaW9uIjoiMSJ9LCJleHBpcmVzQXQiOjE3OTUyMDY3NTc0NDgs"
    "InNpZ25hdHVyZSI6InczdWd3V3VWOThPdzBNNmxhS1V4c2h0YnJ2Zm51X0p3dTZoRE0zaGpoNDAifQ";

#define VECTOR_JWT_TIME  INT64_C(1795206457547)
#define VECTOR_JWT_TOKEN "qZXBiSWrGrObfIJO22gSyX3NcRblHNKI"
static const char vector_jwt_members[] =
    "\"session\":{\"expiresAt\":\"2026-11-27T20:27:37.542Z\","
    "\"token\":\"qZXBiSWrGrObfIJO22gSyX3NcRblHNKI\",\"createdAt\":\"2026-11-20T20:27:37.543Z\","
    "\"updatedAt\":\"2026-11-20T20:27:37.543Z\",\"ipAddress\":\"\",\"userAgent\":\"node\","
    "\"userId\":\"vFpb1uliYBhS7yGzkICbgnoBtsJm3geS\","
    "\"id\":\"TcpYjUryh2dxAM5b8mEML1xUP7K0SzTn\"},\"user\":{\"name\":\"Vector User\","
    "\"email\":\"vector.233a0fc15b84@example.com\",\"emailVerified\":false,\"image\":null,"
    "\"createdAt\":\"2026-11-20T20:27:34.301Z\",\"updatedAt\":\"2026-11-20T20:27:34.301Z\","
    "\"id\":\"vFpb1uliYBhS7yGzkICbgnoBtsJm3geS\"}";
static const char vector_jwt[] =
    "eyJhbGciOiJIUzI1NiJ9.eyJzZXNzaW9uIjp7ImV4cGlyZXNBdCI6IjIwMjYtMTEtMjdUMjA6Mjc6MzcuNTQyWiI"
    "sInRva2VuIjoicVpYQmlTV3JHck9iZklKTzIyZ1N5WDNOY1JibEhOS0kiLCJjcmVhdGVkQXQiOiIyMDI2LTExLTI"
    "wVDIwOjI3OjM3LjU0M1oiLCJ1cGRhdGVkQXQiOiIyMDI2LTExLTIwVDIwOjI3OjM3LjU0M1oiLCJpcEFkZHJlc3M"
    "iOiIiLCJ1c2VyQWdlbnQiOiJub2RlIiwidXNlcklkIjoidkZwYjF1bGlZQmhTN3lHemtJQ2Jnbm9CdHNKbTNnZVM"
    "iLCJpZCI6IlRjcFlqVXJ5aDJkeEFNNWI4bUVNTDF4VVA3SzBTelRuIn0sInVzZXIiOnsibmFtZSI6IlZlY3RvciB"
    "Vc2VyIiwiZW1haWwiOiJ2ZWN0b3IuMjMzYTBmYzE1Yjg0QGV4YW1wbGUuY29tIiwiZW1haWxWZXJpZmllZCI6ZmF"
    "sc2UsImltYWdlIjpudWxsLCJjcmVhdGVkQXQiOiIyMDI2LTExLTIwVDIwOjI3OjM0LjMwMVoiLCJ1cGRhdGVkQXQ"
    "iOiIyMDI2LTExLTIwVDIwOjI3OjM0LjMwMVoiLCJpZCI6InZGcGIxdWxpWUJoUzd5R3prSUNiZ25vQnRzSm0zZ2V"
    "TIn0sInVwZGF0ZWRBdCI6MTc5NTIwNjQ1NzU0NywidmVyc2lvbiI6IjEiLCJpYXQiOjE3OTUyMDY0NTcsImV4cCI"
    "6MTc5NTIwNjc1N30.1F6lmkemH85Pn_PI27K8spmDLxr54pSNLdueyrR5kVE";

/* Encrypted, so that no two are the same: it can only be read. */
#define VECTOR_JWE_TIME  INT64_C(1795206457642)
#define VECTOR_JWE_TOKEN "kjIvz9gBGUS0pBsQHxMeMOJXyDz6pQWV"
static const char vector_jwe_header[] = "{\"alg\":\"dir\",\"enc\":\"A256CBC-HS512\","
                                        "\"kid\":\"mT2_K0Poty-ZwIiMDXMVW9_FMImxxW9JTnqqKHxGMOE\"}";
static const char vector_jwe[] =
    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoibVQyX0swUG90eS1ad0lpTURYTVZXOV9G"
    "TUlteHhXOUpUbnFxS0h4R01PRSJ9..2FDCac7M3gTZyR8sijD47g.wDB6qg05FqUcLTS-qR5T8gpb_TSMvwIoc0n"
    "oiiz8gaciLZ9jt_XVyHAZn1F3uLpvS4S6IZRlcgV-B3RYBIRADCIXc8GPf3tE3oEU8AkoddDUC7NUedZ9c8VvzHn"
    "icEMFdNm4qeqdhuStsD7SZGxD0X8z_3UE0U0K6MRalA5eu3g9cnRRh6s4NVbp_uVYAjodGFXdEgkUB8m7AtyQH5Q"
    "oYJDXvZE4Z_-hqIucoY9MvRhxRJxoln2HwR7ieGozFBNfNZIyax9LBY6IE44lSX4-oh4YR6itKqJiNpfQXskBZc5"
    "Rz0WmfJCP_DtBXXSmlh8yXkOtLkPAo6RXTy_FiEiM9iiBwCP5W-7oWV6T-EJWGzNZz7l0XWIAfINfVUPbz7uqFiC"
    "e3euoa0BH--iwYWvHN-jJKnOb24dFeB3FzpVelyRfjbPe8jwJYLxdBTsq8V_F73vX9hsAkHi7oRX1Sue-0sBJ2lJ"
    "wIx5cA5CAB1dMjEv7BkqQC7_MIppRoP_b1mH6ovQt5U-mU8u12UggU8ME_GHzwFClayouGpnGyZ25DX2vEEOE9Ko"
    "A1v0MBqAVSWSrB2Y0Be4Rv6--PU6VTqioKa8P0r2GqK8bvRoQsDcn-8vyJrcvHMVbZgenX-9Yd0BxHChRKbLcUXO"
    "LwQcOPVybwRUlSQFTSPpmicqXmnTW4Jbax67VC2arShDJ6ZZk7ErajOHYdVxJRHc8O9yNa_p7nqt4OWjzf9YlWZ6"
    "E1kBb2FhQ2T2XDiiicV49kB4gdC6mxsgRDsr6n2-T4DnzfZo5wEreyBByrywUiIBYH-dE8mWIjYmDYeVMTs6Dyel"
    "fbYi_HlXVeOh7mKon8ZEKm7oSLw.mH7fi8pO6SAVEf5-b18CenCiQNCiQl1O544SEUuK5os";

#endif
