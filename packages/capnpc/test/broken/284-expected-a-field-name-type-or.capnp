@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { @0xabcdef0123456789; }

struct After {
  first @0 :Text;
}
