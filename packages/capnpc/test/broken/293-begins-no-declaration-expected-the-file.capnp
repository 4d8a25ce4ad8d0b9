@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

union { a @0 :Void; b @1 :Void; }

struct After {
  first @0 :Text;
}
