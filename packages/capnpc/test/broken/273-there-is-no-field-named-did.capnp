@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { a @0 :B = (x = 1, y = (z = 2), z = 1, x = 2); } struct B { x @0 :Int8; y :group { z @1 :Int8; } }

struct After {
  first @0 :Text;
}
