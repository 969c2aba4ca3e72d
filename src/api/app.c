#include "api/app.h"

bool app_is_ready(const struct app *app)
{
    return app->store != NULL && atomic_load(app->schema_ready);
}
