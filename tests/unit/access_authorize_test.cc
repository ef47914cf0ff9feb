// authorize(principal, action, resource), and who a caller is.
#include <gtest/gtest.h>

#include "access/access_control.h"
#include "access_fixture.h"

namespace gnomon {
namespace {

class Authorize : public AccessFolder {
 protected:
  std::unique_ptr<AccessControl> open(AccessSettings settings = {}) {
    auto access = AccessControl::open(project(), "shop", std::move(settings), nullptr, Env::real());
    EXPECT_TRUE(access.ok()) << access.status().to_string();
    return std::move(*access);
  }

  static Principal holder(std::vector<std::string> actions, std::set<std::string> views = {},
                          std::set<std::string> services = {}) {
    Principal principal{"key test", {}};
    principal.grants = {
        Grants{.actions = *ActionSet::of(actions), .views = std::move(views), .services = std::move(services)}};
    return principal;
  }

  static Resource of_views(std::set<std::string> views, std::string service = "") {
    return {.project = "shop",
            .extent = Resource::Extent::kViews,
            .views = std::move(views),
            .feature_service = std::move(service)};
  }

  // The error's id; empty: allowed.
  std::string asked(const Principal& principal, Action action, const Resource& resource) {
    Status status = open()->authorize(principal, action, resource);
    return status.ok() ? "" : status.info().id;
  }
};

TEST_F(Authorize, EveryActionNeedsItself) {
  for (Action held : all_actions()) {
    Principal principal = holder({action_name(held)});
    for (Action action : all_actions()) {
      EXPECT_EQ(asked(principal, action, of_views({"a"})), held == action ? "" : "GN642") << action_name(action);
    }
    EXPECT_EQ(asked(principal, Action::kNone, {}), "");
  }
  EXPECT_EQ(asked({"key nothing", {}}, Action::kDescribe, {.project = "shop"}), "GN642");
}

TEST_F(Authorize, AnotherProjectIsAnotherProject) {
  Principal principal = holder({"read_online"});
  principal.grants.front().project = "bank";
  EXPECT_EQ(asked(principal, Action::kReadOnline, of_views({"a"})), "GN643");
  principal.grants.front().project = "shop";
  EXPECT_EQ(asked(principal, Action::kReadOnline, of_views({"a"})), "");
}

TEST_F(Authorize, ALimitIsOnEverythingThatIsRead) {
  Principal principal = holder({"read_online", "describe"}, {"a", "b"});
  EXPECT_EQ(asked(principal, Action::kReadOnline, of_views({"a"})), "");
  EXPECT_EQ(asked(principal, Action::kReadOnline, of_views({"a", "b"})), "");
  EXPECT_EQ(asked(principal, Action::kReadOnline, of_views({"a", "c"})), "GN643");
  EXPECT_EQ(asked(principal, Action::kReadOnline, of_views({})), "GN643");
  EXPECT_EQ(asked(principal, Action::kReadOnline, {.project = "shop", .extent = Resource::Extent::kProject}), "GN643");
  EXPECT_EQ(asked(principal, Action::kDescribe, {.project = "shop"}), "");
}

TEST_F(Authorize, AServiceStandsForWhatItReads) {
  Principal principal = holder({"read_online"}, {}, {"fraud"});
  EXPECT_EQ(asked(principal, Action::kReadOnline, of_views({"a", "b"}, "fraud")), "");
  EXPECT_EQ(asked(principal, Action::kReadOnline, of_views({"a", "b"}, "other")), "GN643");
  EXPECT_EQ(asked(principal, Action::kReadOnline, of_views({"a"})), "GN643");
  EXPECT_EQ(asked(principal, Action::kReadOnline, of_views({}, "fraud")), "");
}

TEST_F(Authorize, SeveralGrantsCountEachForItself) {
  Principal principal = holder({"read_online"}, {"a"});
  principal.grants.push_back({.actions = *ActionSet::of({"write_online"}), .project = "", .views = {"b"}, .services = {}});
  EXPECT_EQ(asked(principal, Action::kReadOnline, of_views({"a"})), "");
  EXPECT_EQ(asked(principal, Action::kWriteOnline, of_views({"b"})), "");
  EXPECT_EQ(asked(principal, Action::kReadOnline, of_views({"b"})), "GN643");
  EXPECT_EQ(asked(principal, Action::kWriteOnline, of_views({"a"})), "GN643");
  EXPECT_EQ(asked(principal, Action::kReadOnline, of_views({"a", "b"})), "GN643");
  EXPECT_EQ(asked(principal, Action::kDescribe, {.project = "shop"}), "GN642");
}

TEST_F(Authorize, RolesAreBuiltInOrTheProjectsOwn) {
  AccessSettings settings;
  settings.roles["scoring"] = {.allow = {"read_online"}, .views = {"a"}, .services = {}};
  auto own = grants_of_role(settings, "scoring");
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own->actions.names(), std::vector<std::string>{"read_online"});
  EXPECT_TRUE(own->is_limited());
  auto reader = grants_of_role(settings, "reader");
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(reader->actions.names(), (std::vector<std::string>{"describe", "read_online", "read_offline"}));
  EXPECT_EQ(grants_of_role(settings, "emperor").status().info().id, "GN645");
  settings.roles["broken"] = {.allow = {"fly"}, .views = {}, .services = {}};
  EXPECT_EQ(AccessControl::open(project(), "shop", settings, nullptr, Env::real()).status().info().id, "GN645");
}

TEST_F(Authorize, ItIsOffUntilSomethingTellsCallersApart) {
  EXPECT_FALSE(open()->is_on());
  AccessSettings certificates;
  certificates.certificates.push_back({.subject = "CN=scorer", .name = "", .role = "reader"});
  EXPECT_TRUE(open(certificates)->is_on());
  AccessSettings authorities;
  authorities.tls.client_ca = "ca.pem";
  EXPECT_TRUE(open(authorities)->is_on());
  ASSERT_TRUE(create_api_key(project(), {.name = "first"}).ok());
  EXPECT_TRUE(open()->is_on());
}

TEST_F(Authorize, ACertificateHasTheRoleOfItsSubjectOrName) {
  AccessSettings settings;
  settings.certificates = {{.subject = "CN=scorer,O=Acme", .name = "", .role = "reader"},
                           {.subject = "", .name = "URI:spiffe://acme/writer", .role = "writer"}};
  auto access = open(settings);
  auto of = [&](const std::string& subject, std::vector<std::string> names) {
    auto principal = access->authenticate({.certificate = subject, .certificate_names = std::move(names)});
    return principal.ok() ? (*principal)->name : principal.status().info().id;
  };
  EXPECT_EQ(of("CN=scorer,O=Acme", {}), "certificate CN=scorer,O=Acme");
  EXPECT_EQ(of("CN=x", {"DNS:x", "URI:spiffe://acme/writer"}), "certificate URI:spiffe://acme/writer");
  EXPECT_EQ(of("CN=scorer", {}), "GN640");
  EXPECT_EQ(of("CN=scorer,O=Acme,OU=other", {"DNS:y"}), "GN640");
  EXPECT_EQ(of("", {}), "GN640");
}

TEST_F(Authorize, AHeaderThatIsNotGoodIsNotMadeGoodByACertificate) {
  AccessSettings settings;
  settings.certificates = {{.subject = "CN=scorer", .name = "", .role = "admin"}};
  auto access = open(settings);
  for (const char* header : {"Bearer gn_wrong", "Basic abc", "Bearer", "Bearer ", "gn_wrong"}) {
    auto principal = access->authenticate({.authorization = header, .certificate = "CN=scorer"});
    ASSERT_FALSE(principal.ok()) << header;
    EXPECT_EQ(principal.status().code(), Code::kUnauthenticated) << header;
  }
}

TEST_F(Authorize, TheProjectsOwnSocketMayDoEverything) {
  auto principal = open()->authenticate({.own_socket = true});
  ASSERT_TRUE(principal.ok());
  for (Action action : all_actions()) EXPECT_EQ(asked(**principal, action, of_views({"a"})), "");
}

}  // namespace
}  // namespace gnomon
