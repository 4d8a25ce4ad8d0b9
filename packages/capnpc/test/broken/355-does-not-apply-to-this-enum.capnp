@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

annotation foo(struct) :Void; enum E $foo { a @0 $foo; } const x :Int8 = 1 $foo; interface I $foo { m @0 (a :Int8 $foo) -> () $foo; } $foo; struct S { g :group $foo { a @0 :Int8 $foo; } u :union $foo {b @1 :Int8; c @2 :Int8;} } annotation bar(struct) :Void $foo;

struct After {
  first @0 :Text;
}
