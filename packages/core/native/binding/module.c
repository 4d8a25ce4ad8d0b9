/* module.c: what the addon exports to TypeScript. */
#include "binding.h"

#include <errno.h>

NAPI_MODULE_INIT()
{
  if (environment_create(env) != 0) {
    napi_throw_error(env, "ERR_TIDEMARK_NATIVE", "the event loop of this thread cannot be reached");
    return exports;
  }
  mappings_define(env, exports);
  paging_define(env, exports);
  flushing_define(env, exports);
  tracking_define(env, exports);
  descriptors_define(env, exports);
  environment_define(env, exports);
  waiting_define(env, exports);
  set_number(env, exports, "pageSize", (double)tm_page_size());
  set_number(env, exports, "hugePageSize", (double)tm_huge_page_size());
  set_number(env, exports, "mapEntryLimit", (double)tm_map_entry_limit());
  set_number(env, exports, "tooManyMappings", -EUSERS);
  set_number(env, exports, "ownerDead", -EOWNERDEAD);
  return exports;
}
