/* event_loop.h: what is used of libuv. Of its stable interface (uv.h, version 1), which every Node
 * exports; declared here because the headers of Node-API do not come with it. uv_async_send may be
 * called on any thread, and in a signal handler. */
#ifndef TIDEMARK_EVENT_LOOP_H
#define TIDEMARK_EVENT_LOOP_H

#include <stddef.h>

typedef struct uv_handle_s uv_handle_t;
typedef struct uv_async_s uv_async_t;
typedef struct uv_signal_s uv_signal_t;
enum { UV_ASYNC = 1, UV_SIGNAL = 16 };
extern size_t uv_handle_size(int type);
extern int uv_async_init(struct uv_loop_s *loop, uv_async_t *async, void (*callback)(uv_async_t *));
extern int uv_async_send(uv_async_t *async);
extern size_t uv_loop_size(void);
extern int uv_loop_init(struct uv_loop_s *loop);
extern int uv_signal_init(struct uv_loop_s *loop, uv_signal_t *handle);
extern int uv_signal_start(uv_signal_t *handle, void (*callback)(uv_signal_t *, int), int signal);
extern void uv_ref(uv_handle_t *handle);
extern void uv_unref(uv_handle_t *handle);
extern void uv_close(uv_handle_t *handle, void (*closed)(uv_handle_t *));
extern void *uv_handle_get_data(const uv_handle_t *handle);
extern void uv_handle_set_data(uv_handle_t *handle, void *data);

#endif
