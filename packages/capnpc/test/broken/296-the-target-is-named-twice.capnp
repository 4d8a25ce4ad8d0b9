@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

annotation foo(struct, struct) :Void;

struct After {
  first @0 :Text;
}
