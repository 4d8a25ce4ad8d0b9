@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct S {
  foo bar;
}

struct After {
  first @0 :Text;
}
