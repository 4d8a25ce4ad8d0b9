@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { union @1! { a @0 :Void; b @2 :Void; } }

struct After {
  first @0 :Text;
}
