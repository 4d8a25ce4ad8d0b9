@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

enum E { struct A {} }

struct After {
  first @0 :Text;
}
