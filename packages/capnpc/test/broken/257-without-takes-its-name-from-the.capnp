@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

using Foo;

struct After {
  first @0 :Text;
}
