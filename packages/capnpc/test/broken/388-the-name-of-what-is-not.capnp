@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

using Foo = import "/capnp/c++.capnp"; using Annot = Foo.name; struct S $Annot("x") {}

struct After {
  first @0 :Text;
}
