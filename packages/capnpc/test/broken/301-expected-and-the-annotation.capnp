@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

annotation foo(struct) @0xabcdef0123456789 :Void;

struct After {
  first @0 :Text;
}
