@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { g :group { using B = Int8; a @0 :B; enum E {} } }

struct After {
  first @0 :Text;
}
