@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { a @0 :List; b @1 :List(Int8, Int8); c @2 :List(List(Int8)); d @3 :List(AnyPointer); e @4 :List(AnyStruct); f @5 :AnyList; g @6 :Capability; h @7 :List(Capability); i @8 :Object; j @9 :List(AnyList);}

struct After {
  first @0 :Text;
}
