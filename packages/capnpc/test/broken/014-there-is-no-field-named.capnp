@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A {
  a @0 :B = (q = 1);
}
struct B {
}

struct After {
  first @0 :Text;
}
