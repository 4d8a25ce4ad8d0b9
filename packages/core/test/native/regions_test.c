/* regions_test.c: the table of regions: thousands added and removed at random, every address looked
 * up. */
#include "expect.h"
#include "internal.h"

enum { SLOTS = 4000, ROUNDS = 20000, SLOT_BYTES = 1 << 20 };
static const uintptr_t FIRST_ADDRESS = (uintptr_t)1 << 40;

static tm_region *slots[SLOTS];

/* Regions that map nothing: the table only looks at their addresses. */
static tm_region *made_up_region(uintptr_t base, size_t length)
{
  tm_region *region = calloc(1, sizeof *region);
  expect(region != NULL);
  region->base = base;
  region->length = length;
  region->page_size = 4096;
  return region;
}

static uintptr_t base_of(size_t slot)
{
  return FIRST_ADDRESS + slot * SLOT_BYTES;
}

static void expect_found(uintptr_t address, const tm_region *wanted)
{
  tm_region *found = tm__region_enter(address);
  expect(found == wanted);
  if (found == NULL) return;
  expect_equal(atomic_load(&found->users), 1);
  tm__region_leave(found);
  expect_equal(atomic_load(&found->users), 0);
}

/* Around one slot: its first and last byte, one before and after, its middle. */
static void look_around(size_t slot)
{
  const tm_region *region = slots[slot];
  uintptr_t base = base_of(slot);
  size_t length = region == NULL ? SLOT_BYTES : region->length;
  expect_found(base, region);
  expect_found(base + length / 2, region);
  expect_found(base + length - 1, region);
  if (length < SLOT_BYTES) expect_found(base + length, NULL);
  bool neighbour = slot > 0 && slots[slot - 1] != NULL && slots[slot - 1]->length == SLOT_BYTES;
  expect_found(base - 1, neighbour ? slots[slot - 1] : NULL);
}

static void change(size_t slot, uint64_t *seed)
{
  if (slots[slot] == NULL) {
    size_t length = random_next(seed) % 2 == 0 ? SLOT_BYTES : 4096 * (1 + random_next(seed) % 255);
    slots[slot] = made_up_region(base_of(slot), length);
    expect_equal(tm__region_register(slots[slot]), 0);
  } else {
    expect_equal(tm__region_unregister(slots[slot]), 0);
    free(slots[slot]);
    slots[slot] = NULL;
  }
}

static void the_table_is_right_after_every_change(void)
{
  uint64_t seed = (uint64_t)getpid();
  size_t count = tm_region_count();
  for (int round = 0; round < ROUNDS; round++) {
    size_t slot = random_next(&seed) % SLOTS;
    count = slots[slot] == NULL ? count + 1 : count - 1;
    change(slot, &seed);
    expect_equal(tm_region_count(), count);
    look_around(slot);
    look_around(random_next(&seed) % SLOTS);
  }
  for (size_t slot = 0; slot < SLOTS; slot++) look_around(slot);
  for (size_t slot = 0; slot < SLOTS; slot++) {
    if (slots[slot] != NULL) change(slot, &seed);
  }
}

static void addresses_outside_of_all_are_nobodys(void)
{
  expect_found(0, NULL);
  expect_found(UINTPTR_MAX, NULL);
  tm_region *low = made_up_region(4096, 4096);
  tm_region *high = made_up_region(UINTPTR_MAX - 8191, 8192);
  expect_equal(tm__region_register(high), 0);
  expect_equal(tm__region_register(low), 0);
  expect_found(0, NULL);
  expect_found(4095, NULL);
  expect_found(4096, low);
  expect_found(8191, low);
  expect_found(8192, NULL);
  expect_found(UINTPTR_MAX - 8192, NULL);
  expect_found(UINTPTR_MAX - 8191, high);
  expect_found(UINTPTR_MAX, high);
  expect_equal(tm__region_unregister(low), 0);
  expect_found(4096, NULL);
  expect_equal(tm__region_unregister(high), 0);
  expect_found(UINTPTR_MAX, NULL);
  free(low);
  free(high);
}

static void removing_twice_is_harmless(void)
{
  tm_region *region = made_up_region(FIRST_ADDRESS, 4096);
  expect_equal(tm__region_register(region), 0);
  expect_equal(tm__region_unregister(region), 0);
  expect_equal(tm__region_unregister(region), 0);
  expect_equal(tm_region_count(), 0);
  free(region);
}

/* More regions than the system's limit of map entries leaves room for are refused, and the parked
 * ones are given up first. */
static void there_is_a_limit(void)
{
  size_t limit = tm_map_entry_limit();
  expect(limit > 1000);
  /* Not as many as a server may allow: the table is copied at each. */
  if (limit > 100000) return;
  static tm_region filler;
  size_t parked = 100;
  for (size_t index = 0; index < parked; index++) end_region(open_anonymous(tm_page_size(), 0));
  expect_equal(tm_region_count(), parked);
  for (size_t index = parked; index < limit; index++) {
    expect_equal(tm__region_register(made_up_region(FIRST_ADDRESS + index * 4096, 4096)), 0);
  }
  expect_equal(tm__region_register(&filler), -EUSERS);
  for (size_t index = 0; index < parked; index++) open_anonymous(tm_page_size(), 0);
  tm_region *refused = NULL;
  tm_region_spec spec = {.source = TM_SOURCE_ANONYMOUS, .fd = -1, .length = tm_page_size()};
  expect_equal(tm_region_open(&spec, &refused), -EUSERS);
}

int main(void)
{
  the_table_is_right_after_every_change();
  addresses_outside_of_all_are_nobodys();
  removing_twice_is_harmless();
  expect_equal(ending_of(there_is_a_limit), 0);
  return 0;
}
