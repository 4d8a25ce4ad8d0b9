@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct S {
  a @0 :List();
}

struct After {
  first @0 :Text;
}
