/* Cross-origin requests of trusted origins (Fetch standard, section 3.2; contract.md section 7). */
#ifndef TASKGATE_API_CORS_H
#define TASKGATE_API_CORS_H

#include "api/app.h"

/* Answers a preflight; what every answer has comes with cors_headers. */
enum err cors_preflight(struct call *call) WARN_UNUSED;

/* On every answer to a trusted origin, on errors too; nothing for others. */
void cors_headers(struct call *call);

#endif
