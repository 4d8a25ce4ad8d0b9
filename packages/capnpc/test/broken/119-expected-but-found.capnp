@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

annotation a (struct) :Int8 = 5;

struct After {
  first @0 :Text;
}
