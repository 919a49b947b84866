// Native add-on over Node-API: the same calls as the C-ABI module.
#include <napi.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "agentmend/engine.h"
#include "agentmend/session.h"

namespace {

// Text of a string argument, or bytes of a Uint8Array, in a buffer that is kept between calls.
class TextBuffer {
 public:
  // False when the value is neither; a TypeError is then pending.
  bool read(Napi::Env env, const Napi::Value& value) {
    if (value.IsTypedArray()) {
      const auto bytes = value.As<Napi::Uint8Array>();
      view_ = {reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength()};
      return true;
    }
    if (buffer_.size() < 4096) buffer_.resize(4096);
    std::size_t written = 0;
    if (napi_get_value_string_utf8(env, value, buffer_.data(), buffer_.size(), &written) != napi_ok) {
      Napi::TypeError::New(env, "a string or a Uint8Array is needed").ThrowAsJavaScriptException();
      return false;
    }
    if (written + 4 >= buffer_.size()) {  // may have been cut: ask for the real length once, then grow
      std::size_t size = 0;
      napi_get_value_string_utf8(env, value, nullptr, 0, &size);
      buffer_.resize(size + 5);
      napi_get_value_string_utf8(env, value, buffer_.data(), buffer_.size(), &written);
    }
    view_ = {buffer_.data(), written};
    return true;
  }
  [[nodiscard]] std::string_view view() const { return view_; }

 private:
  std::string buffer_;
  std::string_view view_;
};

class SessionWrap : public Napi::ObjectWrap<SessionWrap> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Session",
                       {InstanceMethod<&SessionWrap::event>("event"), InstanceMethod<&SessionWrap::result>("result"),
                        InstanceMethod<&SessionWrap::snapshot>("snapshot")});
  }
  explicit SessionWrap(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<SessionWrap>(info), session_(session_of(info)) {}

 private:
  static std::string options_of(const Napi::CallbackInfo& info) {
    return info.Length() > 0 && info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : std::string("{}");
  }
  static agentmend::Session session_of(const Napi::CallbackInfo& info) {
    if (info.Length() < 2 || !info[1].IsTypedArray()) return agentmend::Session(options_of(info));
    const auto bytes = info[1].As<Napi::Uint8Array>();
    return agentmend::Session(options_of(info), {reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength()});
  }
  Napi::Value snapshot(const Napi::CallbackInfo& info) {
    const std::string bytes = session_.snapshot();
    auto copy = Napi::Uint8Array::New(info.Env(), bytes.size());
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(copy.Data()));
    return copy;
  }
  Napi::Value event(const Napi::CallbackInfo& info) {
    if (!buffer_.read(info.Env(), info[0])) return info.Env().Undefined();
    return Napi::Number::New(info.Env(), session_.event(buffer_.view()));
  }
  Napi::Value result(const Napi::CallbackInfo& info) {
    const std::uint32_t which = info.Length() > 0 && info[0].IsNumber() ? info[0].As<Napi::Number>().Uint32Value() : 0;
    return Napi::String::New(info.Env(), session_.result(which));
  }
  agentmend::Session session_;
  TextBuffer buffer_;
};

Napi::Value call(const Napi::CallbackInfo& info) {
  TextBuffer operation;
  TextBuffer request;
  if (!operation.read(info.Env(), info[0]) || !request.read(info.Env(), info[1])) return info.Env().Undefined();
  return Napi::String::New(info.Env(), agentmend::call(operation.view(), request.view()));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("call", Napi::Function::New<call>(env));
  exports.Set("Session", SessionWrap::define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(agentmend, init)
