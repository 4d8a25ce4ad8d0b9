@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

annotation A (struct) :Int8;

struct After {
  first @0 :Text;
}
