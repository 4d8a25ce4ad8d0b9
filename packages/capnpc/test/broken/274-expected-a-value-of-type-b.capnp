@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { a @0 :B = (1); } struct B { x @0 :Int8; }

struct After {
  first @0 :Text;
}
