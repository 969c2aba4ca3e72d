#include "api/task_json.h"

#include "base/json.h"

void task_json_put(struct buf *body, const struct task *task)
{
    buf_puts(body, "{\"id\":");
    buf_int(body, task->id);
    buf_puts(body, ",\"user_id\":");
    json_put_text(body, task->user_id);
    buf_puts(body, ",\"title\":");
    json_put_string(body, task->title, task->title_len);
    buf_puts(body, ",\"description\":");
    if (task->description == NULL) {
        buf_puts(body, "null");
    } else {
        json_put_string(body, task->description, task->description_len);
    }
    buf_puts(body, task->completed ? ",\"completed\":true" : ",\"completed\":false");
    buf_puts(body, ",\"created_at\":");
    json_put_time(body, task->created_at);
    buf_puts(body, ",\"updated_at\":");
    json_put_time(body, task->updated_at);
    buf_putc(body, '}');
}
